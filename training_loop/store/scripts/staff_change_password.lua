-- Replaces the hash of a member's password.
-- KEYS: 1 member
-- ARGV: 1 member's id, 2 the hash that was verified, 3 the new one, 4 '1' for another password,
--       '0' for the same one hashed by newer parameters
-- Result: 'ok' or 'stale'
-- Invariant: with another password every session of the member ends.
local known = redis.call('HMGET', KEYS[1], 'password', 'state')
if known[1] == ARGV[3] then return 'ok' end
if known[1] ~= ARGV[2] or known[2] ~= 'active' then return 'stale' end
redis.call('HSET', KEYS[1], 'password', ARGV[3])
if ARGV[4] == '1' then
  local ended = staff.end_sessions(ARGV[1])
  audit(staff.pseudonym(ARGV[1]), 'staff_password_changed', staff.pseudonym(ARGV[1]),
    'sessions=' .. ended)
end
return 'ok'
