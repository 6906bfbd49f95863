-- Makes a ticket: half of a sign-in, or of an enrolment.
-- KEYS: 1 ticket, 2 member
-- ARGV: 1 digest, 2 purpose, 3 member's id, 4 life in ms, 5 digest of the invitation or '',
--       6 Argon2 hash of the new password or ''
-- Result: 'ok' or 'refused'
-- Invariant: an invitation leads to a ticket while it is valid; it is used up by enrolling alone.
if ARGV[5] ~= '' then
  local found = redis.call('HMGET', KEYS[2], 'state', 'invitation', 'invitation_until_ms')
  if found[1] ~= 'invited' or found[2] ~= ARGV[5] or tonumber(found[3]) <= now_ms() then
    return 'refused'
  end
end
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'purpose', ARGV[2], 'member', ARGV[3], 'invitation',
  ARGV[5], 'password', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 'ok'
