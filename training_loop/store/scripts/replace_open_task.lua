-- Makes a task the member's one open task.
-- KEYS: 1 the member's open task
-- ARGV: 1 task, 2 how long it is remembered in ms
-- Result: what was there before, ''
local held = redis.call('GET', KEYS[1]) or ''
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return held
