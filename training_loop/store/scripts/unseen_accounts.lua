-- Where a shard has a clip that a member has not seen.
-- KEYS: 1 accounts with open tasks of the stage
-- ARGV: 1 kind of the index of open tasks, 2 the member's name in seats, 3 rank to begin at,
--       4 how many accounts to look at
-- Result: an account, or ''
local size = redis.call('ZCARD', KEYS[1])
if size == 0 then return '' end
local first = tonumber(ARGV[3]) % size
for n = 0, math.min(size, tonumber(ARGV[4])) - 1 do
  local rank = (first + n) % size
  local account = redis.call('ZRANGE', KEYS[1], rank, rank)[1]
  local review = redis.call('HGET', key('a', account), 'review_epoch')
  for _, seen in ipairs(review and redis.call('HVALS', key(ARGV[1], account, review)) or {}) do
    if not string.find(' ' .. seen .. ' ', ' ' .. ARGV[2] .. ' ', 1, true) then return account end
  end
end
return ''
