-- Pauses learning from an account for a time, or ends the pause.
-- KEYS: 1 account hash, 2 consent log, 3 request result
-- ARGV: 1 how long in ms, 0 to end the pause, 2 log entry, 3 result's life in s
-- Result: the end of the pause in ms by the server's clock ('0' for none), or '' without an account
-- Invariant: no switch, epoch or container changes, so what is withdrawn meanwhile stays withdrawn.
if not live() then return '' end
local earlier = redis.call('GET', KEYS[3])
if earlier then return earlier end
local ends = '0'
if tonumber(ARGV[1]) > 0 then
  ends = whole(now_ms() + tonumber(ARGV[1]))
  redis.call('HSET', KEYS[1], 'paused_until_ms', ends)
else
  redis.call('HDEL', KEYS[1], 'paused_until_ms')
end
redis.call('LPUSH', KEYS[2], whole(now_ms()) .. ' ' .. ARGV[2])
redis.call('LTRIM', KEYS[2], 0, 9999)
redis.call('SET', KEYS[3], ends, 'EX', ARGV[3])
audit('holder', ends == '0' and 'learning_resumed' or 'learning_paused', pseudonym(KEYS[1]),
  'until_ms=' .. ends)
return ends
