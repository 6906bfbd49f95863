-- Forgets what was counted of a model: it begins anew.
-- KEYS: 1 models:<kind>:live
-- ARGV: 1 model
-- Result: how many counts went
local gone = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.match(field, '^%d+:([^:]+):') == ARGV[1] then
    gone = gone + redis.call('HDEL', KEYS[1], field)
  end
end
return gone
