-- The open sessions of an account.
-- KEYS: 1 account hash, 2 sessions
-- ARGV: 1 idle ms
-- Result: {session, record, session, record...}
-- Invariant: sessions that have ended are forgotten.
local now, found = now_ms(), {}
local entries = redis.call('HGETALL', KEYS[2])
for at = 1, #entries, 2 do
  local seen, until_ms = string.match(entries[at + 1], '|(%d+)|(%d+)$')
  if now >= tonumber(until_ms) or now - tonumber(seen) >= tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[2], entries[at])
  else
    found[#found + 1] = entries[at]
    found[#found + 1] = entries[at + 1]
  end
end
return found
