-- Opens a session of an account holder; with a passkey, moves its counter on in the same step.
-- KEYS: 1 account hash, 2 sessions, 3 passkeys
-- ARGV: 1 session, 2 digest of its token, 3 signed in with what, 4 idle ms, 5 life in ms,
--       6 most sessions, 7 passkey or '', 8 its record as it was verified, 9 its new record
-- Result: 'ok', 'gone', or 'stale' when the passkey was used or removed meanwhile
-- Invariant: an account that is being deleted gets no session; the oldest beyond `most` end.
-- Repeating is harmless.
if not live() then return 'gone' end
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then return string.sub(known, 1, #ARGV[2]) == ARGV[2] and 'ok' or 'stale' end
if ARGV[7] ~= '' then
  if redis.call('HGET', KEYS[3], ARGV[7]) ~= ARGV[8] then return 'stale' end
  redis.call('HSET', KEYS[3], ARGV[7], ARGV[9])
end
local now, open = now_ms(), {}
local entries = redis.call('HGETALL', KEYS[2])
for at = 1, #entries, 2 do
  local opened, seen, until_ms = string.match(entries[at + 1], '|(%d+)|(%d+)|(%d+)$')
  if now >= tonumber(until_ms) or now - tonumber(seen) >= tonumber(ARGV[4]) then
    redis.call('HDEL', KEYS[2], entries[at])
  else
    open[#open + 1] = {entries[at], tonumber(opened)}
  end
end
table.sort(open, function(one, other) return one[2] < other[2] end)
for at = 1, #open - tonumber(ARGV[6]) + 1 do redis.call('HDEL', KEYS[2], open[at][1]) end
redis.call('HSET', KEYS[2], ARGV[1], table.concat({ARGV[2], ARGV[3], whole(now), whole(now),
  whole(now + ARGV[5])}, '|'))
redis.call('PEXPIRE', KEYS[2], ARGV[5])
audit('holder', 'holder_signed_in', pseudonym(KEYS[1]), 'with=' .. ARGV[3])
return 'ok'
