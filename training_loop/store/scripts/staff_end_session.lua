-- Ends one session of a member.
-- KEYS: 1 session, 2 sessions of the member
-- ARGV: 1 session's id, 2 member's id
-- Result: 1, or 0 when the member has no such session
-- Invariant: its token is refused afterwards, everywhere.
if redis.call('HGET', KEYS[1], 'member') ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
audit(staff.pseudonym(ARGV[2]), 'staff_signed_out', staff.pseudonym(ARGV[2]))
return 1
