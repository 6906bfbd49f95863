-- What a shard has to lend; first takes back leases that ran out.
-- KEYS: 1 accounts with ready items, 2 accounts with leases
-- ARGV: 1 how many accounts to look at for expired leases
-- Result: {how many accounts, a random account or '', the account of the oldest item or '', its ms}
-- Invariant: an item is ready or leased or reviewed, never two of them.
local now = now_ms()
for _, account in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', whole(now),
    'LIMIT', 0, ARGV[1])) do
  local epoch = redis.call('HGET', key('a', account), 'review_epoch')
  local earliest
  if epoch then
    local held = redis.call('HGETALL', key('t', account, epoch))
    for at = 1, #held, 2 do
      local lease = split(held[at + 1])
      local expiry = tonumber(lease[2])
      if expiry <= now then
        redis.call('HDEL', key('t', account, epoch), held[at])
        forget_lease(account, held[at + 1])
        redis.call('ZADD', key('r', account, epoch), lease[3], held[at])
      elseif not earliest or expiry < earliest then
        earliest = expiry
      end
    end
    offer(account, epoch)
  end
  if earliest then
    redis.call('ZADD', KEYS[2], whole(earliest), account)
  else
    redis.call('ZREM', KEYS[2], account)
  end
end
local random = redis.call('ZRANDMEMBER', KEYS[1]) or ''
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {redis.call('ZCARD', KEYS[1]), random, oldest[1] or '', oldest[2] or ''}
