-- Ties a member to an identity at the OpenID Connect provider, or to none.
-- KEYS: 1 member, 2 identities
-- ARGV: 1 member's id, 2 digest of issuer and subject or '', 3 actor
-- Result: 'ok', 'unknown' or 'taken'
-- Invariant: an identity belongs to one member, and a member has one at most; sessions end, since
-- who may open one has changed.
local id = ARGV[1]
if redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
local owner = redis.call('HGET', KEYS[2], ARGV[2])
if owner == id then return 'ok' end
if owner then return 'taken' end
redis.call('HDEL', KEYS[2], staff.get(id, 'identity'))
redis.call('HDEL', KEYS[1], 'identity')
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[2], ARGV[2], id)
  redis.call('HSET', KEYS[1], 'identity', ARGV[2])
end
local ended = staff.end_sessions(id)
audit(ARGV[3], ARGV[2] == '' and 'staff_unlinked' or 'staff_linked', staff.pseudonym(id),
  'sessions=' .. ended)
return 'ok'
