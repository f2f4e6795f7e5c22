-- The same request again and again, with a pause after each answer, so that latency
-- is measured and not the queue in front of a busy server.
local headers = { ["content-type"] = "application/json" }
if os.getenv("BENCH_KEY") then
  headers["x-api-key"] = os.getenv("BENCH_KEY")
  headers["linked_account_id"] = "account-0"
end

function request()
  return wrk.format(os.getenv("BENCH_METHOD"), os.getenv("BENCH_PATH"), headers, os.getenv("BENCH_BODY"))
end

function init()
  math.randomseed(4711)
end

-- Not the same for all: they would all ask at once, and wait for each other.
function delay()
  return math.random(10, 30)
end
