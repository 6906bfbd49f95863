-- Puts a task where it was claimed.
-- KEYS: 1 the member's open task
-- ARGV: 1 claim, 2 task, 3 how long it is remembered in ms
-- Result: 1, or 0 when the claim does not hold any more
local held = redis.call('GET', KEYS[1])
if held == ARGV[2] then return 1 end
if held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
