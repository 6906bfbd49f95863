-- Lets a machine read what it leased: opens a read grant. Nobody listens: see `hear_clip`.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 token, 6 grant, 7 grant in ms,
--       8 the worker's pseudonym
-- Result: {item value, wrapped key}, or nothing
-- Invariant: nothing is returned unless both epochs are the account's of now and the token holds
-- an unexpired lease. A consent that ends later waits for the grant.
local account, item = ARGV[1], ARGV[2]
if not live() or field('learning_epoch') ~= ARGV[3] or field('review_epoch') ~= ARGV[4] then
  return {}
end
local lease = split(redis.call('HGET', key('t', account, ARGV[4]), item) or '')
local now = now_ms()
if lease[1] ~= ARGV[5] or tonumber(lease[2]) <= now then return {} end
local value = redis.call('HGET', key('i', account, ARGV[3]), item)
if not value then return {} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', whole(now))
if not redis.call('ZSCORE', KEYS[2], ARGV[6]) then
  local subject = pseudonym(KEYS[1])
  audit(ARGV[8], 'clip_read', subject, clip(item, subject))
end
redis.call('ZADD', KEYS[2], whole(now + tonumber(ARGV[7])), ARGV[6])
return {value, field('learning_key')}
