-- Takes a passkey away from an account.
-- KEYS: 1 account hash, 2 passkeys
-- ARGV: 1 credential id
-- Result: 1, or 0 when there is none
-- Invariant: it opens nothing afterwards.
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
rewrite_due()
audit('holder', 'holder_passkey_removed', pseudonym(KEYS[1]))
return 1
