-- How many clips of a shard are where.
-- KEYS: 1 counts, 2 accounts with something to review, 3 with something to adjudicate, 4 with hidden
--       checks, 5 with something that ends, 6 with something to settle
-- Result: {clips in review, with a ticket that nobody has, hidden checks, then counts by name}
local accounts, clips_held, open, checks = {}, 0, 0, 0
for at = 2, #KEYS do
  for _, account in ipairs(redis.call('ZRANGE', KEYS[at], 0, -1)) do accounts[account] = true end
end
for account in pairs(accounts) do
  local review = redis.call('HGET', key('a', account), 'review_epoch')
  if review then
    clips_held = clips_held + redis.call('HLEN', key('k', account, review))
    open = open + redis.call('HLEN', key('kr', account, review))
      + redis.call('HLEN', key('ka', account, review))
    checks = checks + redis.call('HLEN', key('kc', account, review))
  end
end
local found = {clips_held, open, checks}
for _, part in ipairs(redis.call('HGETALL', KEYS[1])) do found[#found + 1] = part end
return found
