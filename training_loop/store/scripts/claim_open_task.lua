-- Claims the place of a member's one open task.
-- KEYS: 1 the member's open task
-- ARGV: 1 claim, 2 how long it holds in ms
-- Result: '' when claimed, else the claim or the task that is there
local held = redis.call('GET', KEYS[1])
if held then return held end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ''
