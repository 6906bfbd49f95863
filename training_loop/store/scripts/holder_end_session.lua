-- Ends one session of an account, or all.
-- KEYS: 1 account hash, 2 sessions
-- ARGV: 1 session, or '' for all
-- Result: how many ended
-- Invariant: their tokens are refused afterwards, everywhere.
if ARGV[1] ~= '' then
  local ended = redis.call('HDEL', KEYS[2], ARGV[1])
  if ended > 0 then audit('holder', 'holder_signed_out', pseudonym(KEYS[1])) end
  return ended
end
local ended = redis.call('HLEN', KEYS[2])
redis.call('DEL', KEYS[2])
if ended > 0 then
  audit('holder', 'holder_signed_out', pseudonym(KEYS[1]), 'sessions=' .. ended)
end
return ended
