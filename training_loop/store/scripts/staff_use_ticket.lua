-- Takes one of a ticket's tries.
-- KEYS: 1 ticket
-- ARGV: 1 digest, 2 most tries
-- Result: the ticket's fields, or {} when it is wrong, ran out or led somewhere already
-- Invariant: after so many tries the ticket is gone.
local found = redis.call('HMGET', KEYS[1], 'digest', 'done')
if found[1] ~= ARGV[1] or found[2] then return {} end
if redis.call('HINCRBY', KEYS[1], 'tries', 1) > tonumber(ARGV[2]) then
  redis.call('DEL', KEYS[1])
  return {}
end
return redis.call('HGETALL', KEYS[1])
