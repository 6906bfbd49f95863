-- Finds the account of a pairing code, and counts wrong ones.
-- KEYS  1 pairing codes of the shard (hash: digest -> account|expiry in ms)
--       2 wrong codes of the shard (string that expires)
-- ARGV  1 digest of the code, 2 most wrong codes in a window, 3 window in ms
-- RETURNS {"found", account}, {"unknown"} or {"exhausted", ms until the window ends}
-- INVARIANT  After that many wrong codes none is looked at, right or wrong, until the window ends.
local wrong = tonumber(redis.call('GET', KEYS[2]) or '0')
if wrong >= tonumber(ARGV[2]) then
  return {'exhausted', redis.call('PTTL', KEYS[2])}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if entry then
  local account, expiry = string.match(entry, '^(.*)|(%d+)$')
  if tonumber(expiry) > now then
    return {'found', account}
  end
end
if redis.call('INCR', KEYS[2]) == 1 then
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return {'unknown'}
