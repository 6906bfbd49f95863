-- Takes an entry that was made heard off the agenda, and remembers it for a while for "snooze".
-- KEYS  1 the agenda (hash), 2 what is due on the device (sorted set),
--       3 what rang last (hash: device -> sealed entry; expires)
-- ARGV  1 entry id, 2 device, 3 seconds to remember it
-- RETURNS 1 when the entry was there, else 0
-- INVARIANT  Acknowledging twice is the same as once.
local entry = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
if not entry then
  return 0
end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[2], entry)
redis.call('EXPIRE', KEYS[3], ARGV[3])
return 1
