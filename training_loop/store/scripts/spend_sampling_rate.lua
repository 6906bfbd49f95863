-- Counts that one more utterance is offered to people, of all accounts, or that one is not.
-- KEYS: 1 what was sampled by day
-- ARGV: 1 day, 2 most of all days; 0 to take one back
-- Result: 1 when counted, 0 when so many are offered already
-- Invariant: the sum never rises above the bound it is given, whoever else samples at this moment
local most = tonumber(ARGV[2])
if most == 0 then
  if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') > 0 then
    redis.call('HINCRBY', KEYS[1], ARGV[1], -1)
  end
  return 1
end
local offered = 0
for _, count in ipairs(redis.call('HVALS', KEYS[1])) do offered = offered + tonumber(count) end
if offered >= most then return 0 end
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
return 1
