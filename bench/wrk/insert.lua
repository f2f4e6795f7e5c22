-- One row for the limit: a body of about a hundred bytes.
local headers = { ["content-type"] = "application/json" }
local body = '{"name":"A customer of ordinary length","plan":"pro","filler":"0123456789012345678901234567890"}'

function request()
  return wrk.format("POST", "/insert", headers, body)
end
