-- Reads one of many linked accounts, another one each time.
local key, accounts = os.getenv("BENCH_KEY"), tonumber(os.getenv("BENCH_ACCOUNTS"))
local headers = { ["x-api-key"] = key }

function init()
  math.randomseed(4711)
end

function request()
  local path = "/api/v2/public/linked-account/account-" .. math.random(0, accounts - 1)
  return wrk.format("GET", path, headers)
end
