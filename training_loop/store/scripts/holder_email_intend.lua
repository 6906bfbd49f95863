-- Writes down that an account is about to take an address, before the address is claimed.
-- KEYS: 1 account hash, 2 sign-in record
-- ARGV: 1 account, 2 claim ("<digest> <nonce>"), 3 the address, sealed
-- Result: 'ok', 'same' when the account has it, 'busy' while another change is not settled, 'gone'
-- Invariant: a claim is never made before its account names it. Repeating is harmless.
if not live() then return 'gone' end
local found = redis.call('HMGET', KEYS[2], 'entry', 'pending', 'dropping')
if found[2] == ARGV[2] then return 'ok' end
if found[2] or found[3] then return 'busy' end
if found[1] and string.match(found[1], '^%x+') == string.match(ARGV[2], '^%x+') then
  return 'same'
end
redis.call('HSET', KEYS[2], 'pending', ARGV[2], 'pending_email', ARGV[3])
redis.call('SADD', key('wi'), ARGV[1])
return 'ok'
