-- Which of some names a hash or sorted set lacks.
-- KEYS: 1 hash or sorted set
-- ARGV: names
local lacks = {}
local zset = redis.call('TYPE', KEYS[1]).ok == 'zset'
for _, name in ipairs(ARGV) do
  local found
  if zset then
    found = redis.call('ZSCORE', KEYS[1], name)
  else
    found = redis.call('HEXISTS', KEYS[1], name) == 1
  end
  if not found then lacks[#lacks + 1] = name end
end
return lacks
