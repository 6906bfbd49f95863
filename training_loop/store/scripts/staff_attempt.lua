-- Takes one attempt to sign in before it is looked at, so that many at once count as many.
-- KEYS: 1 failures under the name, 2 attempts of everybody
-- ARGV: 1 attempts without delay, 2 first delay in ms, 3 longest delay in ms, 4 how long failures
--       are remembered in ms, 5 most attempts of everybody in a window, 6 the window in ms,
--       7 id of the member or ''
-- Result: {'go'}, {'locked', ms} or {'busy', ms}
-- Invariant: the delay doubles with each attempt until one succeeds; known and unknown names are
-- treated alike.
local all = tonumber(redis.call('GET', KEYS[2]) or '0')
if all >= tonumber(ARGV[5]) then return {'busy', redis.call('PTTL', KEYS[2])} end
local now = now_ms()
local until_ms = tonumber(redis.call('HGET', KEYS[1], 'until_ms') or '0')
if until_ms > now then return {'locked', until_ms - now} end
if redis.call('INCR', KEYS[2]) == 1 then redis.call('PEXPIRE', KEYS[2], ARGV[6]) end
local beyond = redis.call('HINCRBY', KEYS[1], 'count', 1) - tonumber(ARGV[1])
if beyond >= 0 then
  local delay = math.min(ARGV[2] * 2 ^ math.min(beyond, 30), tonumber(ARGV[3]))
  redis.call('HSET', KEYS[1], 'until_ms', whole(now + delay))
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if beyond == 0 and ARGV[7] ~= '' then
  audit('machine', 'staff_locked', staff.pseudonym(ARGV[7]))
end
return {'go'}
