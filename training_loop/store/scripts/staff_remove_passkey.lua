-- Takes a passkey away from a member.
-- KEYS: 1 member, 2 passkeys
-- ARGV: 1 member's id, 2 credential id
-- Result: 'ok', 'unknown' or 'last'
-- Invariant: a member who is active keeps a second factor.
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 0 then return 'unknown' end
if redis.call('HLEN', KEYS[2]) == 1 and redis.call('HEXISTS', KEYS[1], 'totp') == 0 then
  return 'last'
end
redis.call('HDEL', KEYS[2], ARGV[2])
rewrite_due()
audit(staff.pseudonym(ARGV[1]), 'staff_factor_removed', staff.pseudonym(ARGV[1]), 'with=passkey')
return 'ok'
