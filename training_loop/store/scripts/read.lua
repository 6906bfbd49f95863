-- Lets a lease's holder read its item: opens a read grant and notes who listened.
-- KEYS: 1 account hash, 2 read grants, 3 listens
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 token, 6 grant, 7 grant in ms,
--       8 listener, 9 most listens remembered
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
  redis.call('LPUSH', KEYS[3], whole(now) .. ' ' .. ARGV[8])
  redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[9]) - 1)
  local subject = pseudonym(KEYS[1])
  audit(ARGV[8], 'clip_heard', subject, clip(item, subject))
end
redis.call('ZADD', KEYS[2], whole(now + tonumber(ARGV[7])), ARGV[6])
return {value, field('learning_key')}
