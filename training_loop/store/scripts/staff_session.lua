-- Whether a session is one, now.
-- KEYS: 1 session
-- ARGV: 1 digest of the token or '' to look only, 2 idle ms, 3 how often its use is noted, in ms
-- Result: {member, role} or {}
-- Invariant: a session ends when it was idle too long, after its life, and when its member is not
-- active or has another role than at issue; it does not come back.
local found = redis.call('HMGET', KEYS[1], 'digest', 'member', 'role', 'seen_ms', 'until_ms')
if not found[1] or (ARGV[1] ~= '' and found[1] ~= ARGV[1]) then return {} end
local now, id = now_ms(), found[2]
local known = redis.call('HMGET', staff.member(id), 'state', 'role')
if known[1] ~= 'active' or known[2] ~= found[3] or now >= tonumber(found[5])
    or now - tonumber(found[4]) >= tonumber(ARGV[2]) then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', key('sl', id), string.match(KEYS[1], '[^:]+$'))
  return {}
end
if ARGV[1] ~= '' and now - tonumber(found[4]) >= tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'seen_ms', whole(now))
  redis.call('PEXPIREAT', KEYS[1], whole(math.min(tonumber(found[5]), now + ARGV[2])))
end
return {id, found[3]}
