-- Which items of a shard are to be settled; first lets leases and undo times end.
-- KEYS: 1 accounts with items to settle
-- ARGV: 1 how many accounts and items of each to look at
-- Result: {account, item, review epoch, ...}
clips.ripen(ARGV[1])
local found = {}
for _, account in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)) do
  local review = redis.call('HGET', key('a', account), 'review_epoch')
  if review then
    for n, item in ipairs(redis.call('HKEYS', key('kw', account, review))) do
      if n > tonumber(ARGV[1]) then break end
      found[#found + 1] = account
      found[#found + 1] = item
      found[#found + 1] = review
    end
  else
    redis.call('ZREM', KEYS[1], account)
  end
end
return found
