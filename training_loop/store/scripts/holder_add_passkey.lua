-- Gives an account a passkey.
-- KEYS: 1 account hash, 2 passkeys
-- ARGV: 1 credential id, 2 its record, 3 most passkeys
-- Result: 'ok', 'gone', 'taken' or 'full'
-- Invariant: a passkey is never replaced by another of its id. Repeating is harmless.
if not live() then return 'gone' end
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then return known == ARGV[2] and 'ok' or 'taken' end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
audit('holder', 'holder_passkey_added', pseudonym(KEYS[1]))
return 'ok'
