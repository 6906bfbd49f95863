-- Counts that one more utterance of a day of an account is offered to people, or that one is not.
-- KEYS: 1 account hash, 2 what was sampled
-- ARGV: 1 day, 2 most a day; 0 to take one back, 3 how many days to remember
-- Result: 1 when counted, 0 when the account is gone or the day's cap is reached
-- Invariant: no count of a day rises above the cap it is given
local most = tonumber(ARGV[2])
local counted = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
if most == 0 then
  if counted > 0 then redis.call('HINCRBY', KEYS[2], ARGV[1], -1) end
  return 1
end
if not live() or counted >= most then return 0 end
redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
redis.call('EXPIRE', KEYS[2], ARGV[3] * 86400)
local oldest = now_ms() / 86400000 - ARGV[3]
for _, day in ipairs(redis.call('HKEYS', KEYS[2])) do
  if tonumber(day) < oldest then redis.call('HDEL', KEYS[2], day) end
end
return 1
