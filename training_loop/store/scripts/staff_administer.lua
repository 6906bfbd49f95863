-- Changes what a member of staff may do: another role, disabled, invited again, or removed.
-- KEYS: 1 member, 2 names, 3 identities
-- ARGV: 1 member's id, 2 'role', 'disable', 'invite' or 'remove', 3 the role or the digest of the
--       invitation, 4 the invitation's life in ms, 5 actor
-- Result: 'ok', 'unknown' or 'last_administrator'
-- Invariant: an active administrator stays; sessions of a member end with each such change;
-- of a removed one nothing stays but the pseudonym in the audit log.
local id, change = ARGV[1], ARGV[2]
if redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
if change == 'role' and staff.get(id, 'role') == ARGV[3] then return 'ok' end
if change == 'disable' and staff.get(id, 'state') == 'disabled' then return 'ok' end
if change == 'invite' and staff.get(id, 'invitation') == ARGV[3] then return 'ok' end
if staff.last_administrator(id) then return 'last_administrator' end

local function forget_factors()
  redis.call('HDEL', KEYS[1], 'password', 'totp', 'totp_step', 'invitation', 'invitation_until_ms')
  redis.call('DEL', key('sr', id), key('sk', id))
  rewrite_due()
end

local who, ended = staff.pseudonym(id), staff.end_sessions(id)
if change == 'role' then
  redis.call('HSET', KEYS[1], 'role', ARGV[3])
  audit(ARGV[5], 'staff_role_changed', who, 'role=' .. ARGV[3] .. ',sessions=' .. ended)
elseif change == 'disable' then
  redis.call('HSET', KEYS[1], 'state', 'disabled')
  redis.call('HDEL', KEYS[1], 'invitation', 'invitation_until_ms')
  audit(ARGV[5], 'staff_disabled', who, 'sessions=' .. ended)
elseif change == 'invite' then
  forget_factors()
  redis.call('HSET', KEYS[1], 'state', 'invited', 'invitation', ARGV[3], 'invitation_until_ms',
    whole(now_ms() + ARGV[4]))
  audit(ARGV[5], 'staff_invited', who, 'sessions=' .. ended)
else
  forget_factors()
  redis.call('HDEL', KEYS[2], staff.get(id, 'name_digest'))
  redis.call('HDEL', KEYS[3], staff.get(id, 'identity'))
  redis.call('DEL', key('sf', staff.get(id, 'name_digest')), KEYS[1])
  audit(ARGV[5], 'staff_removed', who, 'sessions=' .. ended)
end
return 'ok'
