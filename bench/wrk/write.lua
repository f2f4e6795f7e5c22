-- Creates a linked account that is not there yet. The prefix keeps runs apart.
local key, prefix = os.getenv("BENCH_KEY"), os.getenv("BENCH_PREFIX")
local headers = { ["x-api-key"] = key, ["content-type"] = "application/json" }
local n = 0

function request()
  n = n + 1
  local id = prefix .. "-" .. n
  local body = '{"linked_account_id":"' .. id .. '","name":"A customer of ordinary length"}'
  return wrk.format("POST", "/api/v2/public/linked-account", headers, body)
end
