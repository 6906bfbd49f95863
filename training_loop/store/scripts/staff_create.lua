-- Adds a member of staff, who is invited.
-- KEYS: 1 member, 2 names
-- ARGV: 1 member's id, 2 digest of the name, 3 sealed name, 4 pseudonym, 5 role,
--       6 digest of the invitation, 7 its life in ms, 8 most members, 9 actor
-- Result: 'ok', 'name_taken' or 'full'
-- Invariant: a name belongs to one member. Repeating the very same call is harmless.
if redis.call('HGET', KEYS[2], ARGV[2]) == ARGV[1] then return 'ok' end
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then return 'name_taken' end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[8]) then return 'full' end
local now = now_ms()
redis.call('HSET', KEYS[1], 'state', 'invited', 'role', ARGV[5], 'name', ARGV[3], 'pseudonym',
  ARGV[4], 'name_digest', ARGV[2], 'created_ms', whole(now), 'invitation', ARGV[6],
  'invitation_until_ms', whole(now + ARGV[7]))
redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
audit(ARGV[9], 'staff_created', staff.pseudonym(ARGV[1]), 'role=' .. ARGV[5])
return 'ok'
