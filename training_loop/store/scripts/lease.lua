-- Lends one ready item of an account to a worker.
-- KEYS: 1 account hash, 2 request result
-- ARGV: 1 account, 2 'random' or 'oldest', 3 token, 4 lease in ms, 5 most leases an account,
--       6 result's life in s, 7 the worker's pseudonym
-- Result: {item, learning epoch, review epoch, expiry in ms}, or nothing
-- Invariant: an item is lent only while its account lets people listen, to one worker at a time.
local account = ARGV[1]
local earlier = redis.call('GET', KEYS[2])
if earlier then return split(earlier) end
local review, learning = field('review_epoch'), field('learning_epoch')
if not live() or review == '' or learning == '' then
  redis.call('ZREM', key('q'), account)
  return {}
end
local ready, leases = key('r', account, review), key('t', account, review)
if redis.call('HLEN', leases) >= tonumber(ARGV[5]) then
  redis.call('ZREM', key('q'), account) -- until one of them ends
  return {}
end
local item
if ARGV[2] == 'oldest' then
  item = redis.call('ZRANGE', ready, 0, 0)[1]
else
  item = redis.call('ZRANDMEMBER', ready)
end
if not item then
  redis.call('ZREM', key('q'), account)
  return {}
end
local since = redis.call('ZSCORE', ready, item)
local expiry = now_ms() + tonumber(ARGV[4])
redis.call('ZREM', ready, item)
redis.call('HSET', leases, item, ARGV[3] .. ' ' .. whole(expiry) .. ' ' .. since)
redis.call('ZADD', key('ql'), 'LT', whole(expiry), account)
offer(account, review)
local result = {item, learning, review, whole(expiry)}
redis.call('SET', KEYS[2], table.concat(result, ' '), 'EX', ARGV[6])
local subject = pseudonym(KEYS[1])
audit(ARGV[7], 'clip_leased', subject, clip(item, subject))
return result
