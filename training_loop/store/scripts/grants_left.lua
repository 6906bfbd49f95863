-- How many of some read grants are still open.
-- KEYS: 1 read grants
-- ARGV: the grants
-- Result: the number of those that have neither ended nor run out
local now, open = now_ms(), 0
for _, grant in ipairs(ARGV) do
  local expiry = redis.call('ZSCORE', KEYS[1], grant)
  if expiry and tonumber(expiry) > now then open = open + 1 end
end
return open
