-- Notes which versions of the master key a process holds.
-- KEYS: 1 holders
-- ARGV: 1 process, 2 newest version, 3 version it wraps new keys by
-- Result: nothing of interest
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. whole(now_ms()))
return 1
