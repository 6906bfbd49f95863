-- Removes entries of an agenda.
-- KEYS  1 the agenda (hash), 2... what is due on each device (sorted sets)
-- ARGV  entry ids
-- RETURNS how many entries were there
-- INVARIANT  A removed entry stands in no key.
local removed = redis.call('HDEL', KEYS[1], unpack(ARGV))
for i = 2, #KEYS do
  redis.call('ZREM', KEYS[i], unpack(ARGV))
end
return removed
