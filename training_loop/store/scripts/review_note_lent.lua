-- A clip was lent: the pace is taken from here, and who was rested begins a new stretch.
-- KEYS: 1 shift
-- ARGV: 1 length of a break in ms
-- Result: 1, or 0 without a shift
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local now = now_ms()
if now - (tonumber(field('last_ms')) or 0) >= tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'stretch_ms', whole(now))
end
redis.call('HSETNX', KEYS[1], 'lent_ms', whole(now))
redis.call('HSET', KEYS[1], 'last_ms', whole(now))
return 1
