-- Takes one of the attempts of a window.
-- KEYS: 1 counter
-- ARGV: 1 most attempts in a window, 2 the window in ms
-- Result: 0, or how many ms to wait
-- Invariant: what is refused does not lengthen the wait.
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then
  return math.max(1, redis.call('PTTL', KEYS[1]))
end
if redis.call('INCR', KEYS[1]) == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
