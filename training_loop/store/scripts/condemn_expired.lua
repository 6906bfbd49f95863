-- Which blobs to remove: those condemned, and those whose announcement ran out.
-- KEYS: 1 blob intents
-- ARGV: 1 most blobs
-- Result: their names
-- Invariant: a name in the result can no longer be referenced, so its file can go.
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', whole(now_ms()), 'LIMIT', 0, ARGV[1])
for _, blob in ipairs(due) do redis.call('ZADD', KEYS[1], 0, blob) end
return due
