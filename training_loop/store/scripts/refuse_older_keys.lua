-- From now on no key wrapped by an older version of the master key is stored in a shard.
-- KEYS: 1 oldest key version of the shard
-- ARGV: 1 version
-- Result: nothing of interest
-- Invariant: what is refused stays refused; each rotation is recorded once.
if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], ARGV[1])
  audit('operator', 'master_key_rotated', '-', 'version=' .. ARGV[1])
end
return 1
