-- Makes the claimed address the account's, in place of the one before.
-- KEYS: 1 account hash, 2 sign-in record
-- ARGV: 1 the claim
-- Result: 1, or 0 when the account is gone or does not want it any more
-- Invariant: the address before is named until its entry was released. Repeating is harmless.
local found = redis.call('HMGET', KEYS[2], 'entry', 'pending', 'pending_email')
if not live() or found[2] ~= ARGV[1] then return 0 end
if found[1] == ARGV[1] then return 1 end
redis.call('HSET', KEYS[2], 'entry', ARGV[1], 'email', found[3])
redis.call('HDEL', KEYS[2], 'pending_email')
if found[1] then
  redis.call('HSET', KEYS[2], 'dropping', found[1])
  rewrite_due()
end
audit('holder', 'holder_email_set', pseudonym(KEYS[1]))
return 1
