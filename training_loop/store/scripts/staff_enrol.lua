-- Gives a member a second factor; with an invitation also a password and a first session.
-- KEYS: 1 member, 2 ticket, 3 recovery codes, 4 passkeys
-- ARGV: 1 member's id, 2 digest of the ticket, 3 this attempt, 4 'enrol' or 'factor',
--       5 'totp' or 'passkey', 6 sealed secret or credential id, 7 time step or passkey record,
--       8 session, 9 digest of its token, 10 idle ms, 11 life in ms, 12 most sessions,
--       13 most passkeys, 14... digests of recovery codes
-- Result: 'ok', 'full' or 'refused'
-- Invariant: an invitation is used once; earlier recovery codes end.
local id, purpose, how = ARGV[1], ARGV[4], ARGV[5]
local ticket = staff.ticket(KEYS[2], ARGV[2], purpose, id, ARGV[3])
if ticket == 'done' then return 'ok' end
if ticket ~= 'open' then return 'refused' end
local known = redis.call('HMGET', KEYS[1], 'state', 'invitation', 'invitation_until_ms')
if purpose == 'enrol' then
  local invitation = redis.call('HGET', KEYS[2], 'invitation')
  if known[1] ~= 'invited' or known[2] ~= invitation or tonumber(known[3]) <= now_ms() then
    return 'refused'
  end
elseif known[1] ~= 'active' then
  return 'refused'
end
if how == 'passkey' and redis.call('HLEN', KEYS[4]) >= tonumber(ARGV[13]) then return 'full' end

if how == 'totp' then
  redis.call('HSET', KEYS[1], 'totp', ARGV[6], 'totp_step', ARGV[7])
else
  redis.call('HSET', KEYS[4], ARGV[6], ARGV[7])
end
redis.call('DEL', KEYS[3])
redis.call('SADD', KEYS[3], unpack(ARGV, 14))
if purpose == 'enrol' then
  redis.call('HSET', KEYS[1], 'state', 'active', 'password', redis.call('HGET', KEYS[2], 'password'))
  redis.call('HDEL', KEYS[1], 'invitation', 'invitation_until_ms')
  redis.call('DEL', key('sf', staff.get(id, 'name_digest')))
  audit(staff.pseudonym(id), 'staff_enrolled', staff.pseudonym(id), 'with=' .. how)
  staff.open_session(id, ARGV[8], ARGV[9], how, tonumber(ARGV[10]), tonumber(ARGV[11]),
    tonumber(ARGV[12]))
else
  audit(staff.pseudonym(id), 'staff_factor_added', staff.pseudonym(id), 'with=' .. how)
end
staff.close_ticket(KEYS[2], ARGV[3])
return 'ok'
