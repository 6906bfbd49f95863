-- Forgets how the holder of an account signs in.
-- KEYS: 1 account hash, 2 sign-in record, 3 passkeys, 4 sessions
-- ARGV: 1 account
-- Result: how many records went
-- Invariant: repeating is harmless.
local removed = redis.call('HEXISTS', KEYS[2], 'email') + redis.call('HLEN', KEYS[3])
  + redis.call('HLEN', KEYS[4])
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
redis.call('SREM', key('wi'), ARGV[1])
rewrite_due()
return removed
