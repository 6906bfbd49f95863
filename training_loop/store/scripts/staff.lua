-- Put after the audit log's functions before every script that uses `staff.`: what scripts about
-- members of staff share. All their keys are in one shard.

local staff = {}

function staff.member(id)
  return key('sm', id)
end

function staff.get(id, name)
  return redis.call('HGET', staff.member(id), name) or ''
end

-- What the audit log and account holders call a member.
function staff.pseudonym(id)
  return staff.get(id, 'pseudonym')
end

-- Ends every session of a member; returns how many.
function staff.end_sessions(id)
  local ended = 0
  for _, session in ipairs(redis.call('ZRANGE', key('sl', id), 0, -1)) do
    ended = ended + redis.call('DEL', key('ss', session))
  end
  redis.call('DEL', key('sl', id))
  return ended
end

-- True when nobody else could administer any more if this member could not.
function staff.last_administrator(id)
  if staff.get(id, 'role') ~= 'administrator' or staff.get(id, 'state') ~= 'active' then
    return false
  end
  for _, other in ipairs(redis.call('HVALS', key('sn'))) do
    if other ~= id and staff.get(other, 'role') == 'administrator'
        and staff.get(other, 'state') == 'active' then
      return false
    end
  end
  return true
end

-- Opens a session bound to the member's role of now; the oldest ones beyond `most` end.
function staff.open_session(id, session, digest, how, idle_ms, life_ms, most)
  local now = now_ms()
  local name = key('ss', session)
  redis.call('HSET', name, 'digest', digest, 'member', id, 'role', staff.get(id, 'role'),
    'how', how, 'opened_ms', whole(now), 'seen_ms', whole(now),
    'until_ms', whole(now + life_ms))
  redis.call('PEXPIRE', name, math.min(idle_ms, life_ms))
  redis.call('ZADD', key('sl', id), whole(now), session)
  redis.call('PEXPIRE', key('sl', id), life_ms)
  for _, old in ipairs(redis.call('ZRANGE', key('sl', id), 0, -(most + 1))) do
    redis.call('DEL', key('ss', old))
    redis.call('ZREM', key('sl', id), old)
  end
  audit(staff.pseudonym(id), 'staff_signed_in', staff.pseudonym(id),
    'role=' .. staff.get(id, 'role') .. ',with=' .. how)
end

-- Whether a ticket is there, of this member and purpose; one that led to `attempt` already is
-- "done", so that the same call again changes nothing.
function staff.ticket(name, digest, purpose, id, attempt)
  local found = redis.call('HMGET', name, 'digest', 'purpose', 'member', 'done')
  if found[1] ~= digest or found[2] ~= purpose or found[3] ~= id then return 'refused' end
  if found[4] then return found[4] == attempt and 'done' or 'refused' end
  return 'open'
end

function staff.close_ticket(name, attempt)
  redis.call('HDEL', name, 'password', 'totp', 'invitation')
  redis.call('HSET', name, 'done', attempt)
end
