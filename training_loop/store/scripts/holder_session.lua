-- Whether a session of an account holder is one, now.
-- KEYS: 1 account hash, 2 sessions
-- ARGV: 1 session, 2 digest of the token, 3 idle ms, 4 how often its use is noted, in ms
-- Result: 1 or 0
-- Invariant: it ends when it was idle too long, after its life and with its account; it does not
-- come back.
local record = redis.call('HGET', KEYS[2], ARGV[1])
if not record or not live() then return 0 end
local digest, how, opened, seen, until_ms =
  string.match(record, '^(%x+)|(%a+)|(%d+)|(%d+)|(%d+)$')
if digest ~= ARGV[2] then return 0 end
local now = now_ms()
if now >= tonumber(until_ms) or now - tonumber(seen) >= tonumber(ARGV[3]) then
  redis.call('HDEL', KEYS[2], ARGV[1])
  return 0
end
if now - tonumber(seen) >= tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[2], ARGV[1],
    table.concat({digest, how, opened, whole(now), until_ms}, '|'))
end
return 1
