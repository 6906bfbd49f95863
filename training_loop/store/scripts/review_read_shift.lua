-- A member's shift, with the time of the store.
-- KEYS: 1 shift
-- Result: time in ms, then fields and values
local found = redis.call('HGETALL', KEYS[1])
table.insert(found, 1, whole(now_ms()))
return found
