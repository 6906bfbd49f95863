-- The second step of signing in: takes what proves the second factor, once, and opens a session.
-- KEYS: 1 member, 2 ticket, 3 recovery codes, 4 passkeys, 5 failures under the name
-- ARGV: 1 member's id, 2 digest of the ticket, 3 this attempt, 4 'totp', 'recovery_code', 'passkey'
--       or 'oidc', 5 time step, digest of the code, credential id or digest of the identity,
--       6 the passkey's record as it was verified, 7 the passkey's new record, 8 session,
--       9 digest of its token, 10 idle ms, 11 life in ms, 12 most sessions
-- Result: {'ok', role} or {'refused'}
-- Invariant: a time step counts once and later ones count after; a recovery code and a ticket
-- count once; a passkey's counter only grows; a member who is disabled gets no session.
local id, how, proof = ARGV[1], ARGV[4], ARGV[5]
local state = staff.get(id, 'state')
if how == 'oidc' then
  local earlier = redis.call('HGET', key('ss', ARGV[8]), 'digest')
  if earlier == ARGV[9] then return {'ok', staff.get(id, 'role')} end
  if staff.get(id, 'identity') ~= proof then return {'refused'} end
  if state == 'invited' then
    redis.call('HSET', KEYS[1], 'state', 'active')
    redis.call('HDEL', KEYS[1], 'invitation', 'invitation_until_ms')
    audit(staff.pseudonym(id), 'staff_enrolled', staff.pseudonym(id), 'with=oidc')
    state = 'active'
  end
else
  local ticket = staff.ticket(KEYS[2], ARGV[2], 'sign_in', id, ARGV[3])
  if ticket == 'done' then return {'ok', staff.get(id, 'role')} end
  if ticket ~= 'open' then return {'refused'} end
end
if state ~= 'active' then return {'refused'} end

if how == 'totp' then
  if tonumber(proof) <= tonumber(redis.call('HGET', KEYS[1], 'totp_step') or '0') then
    return {'refused'}
  end
  redis.call('HSET', KEYS[1], 'totp_step', proof)
elseif how == 'recovery_code' then
  if redis.call('SREM', KEYS[3], proof) == 0 then return {'refused'} end
elseif how == 'passkey' then
  if redis.call('HGET', KEYS[4], proof) ~= ARGV[6] then return {'refused'} end
  redis.call('HSET', KEYS[4], proof, ARGV[7])
end
if how ~= 'oidc' then
  staff.close_ticket(KEYS[2], ARGV[3])
  redis.call('DEL', KEYS[5])
end
staff.open_session(id, ARGV[8], ARGV[9], how, tonumber(ARGV[10]), tonumber(ARGV[11]),
  tonumber(ARGV[12]))
return {'ok', staff.get(id, 'role')}
