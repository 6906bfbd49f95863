-- Adds a version of the master key to the keyring, to rotate to.
-- KEYS: 1 keyring
-- ARGV: 1 the version that is current, 2 the new version, 3 its record
-- Result: 1 when begun, else 0
-- Invariant: one rotation at a time, from the current version to the next.
if redis.call('HGET', KEYS[1], 'current') ~= ARGV[1] then return 0 end
if redis.call('HEXISTS', KEYS[1], 'rotating_to') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'v' .. ARGV[2], ARGV[3], 'rotating_to', ARGV[2])
redis.call('HDEL', KEYS[1], 'rewrapped', 'accounts')
return 1
