-- Deletes utterances everywhere: by id, or the next ones captured in a range of time.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account, 2 'ids', 'listed' or 'range', 3 most utterances, 4 tombstone's life in s, then
--       for 'ids' and 'listed' the ids; for 'range' its first and last capture time in ms and '1'
--       on the first call
-- Result: {history records, queue items, '1' when more may follow, number of blobs, the blobs...,
--         the read grants that were open...}, or nothing without an account
-- Invariant: what is deleted cannot arrive afterwards: an id has a tombstone, and a deletion by
-- time raises the generation that every capture carries. What is only 'listed' has arrived.
local account, most = ARGV[1], tonumber(ARGV[3])
if not live() then return {} end
local history, learning = field('history_epoch'), field('learning_epoch')
local review = field('review_epoch')
local ids, seen, more = {}, {}, '0'

local function add(id)
  if not seen[id] then
    seen[id] = true
    ids[#ids + 1] = id
  end
end

if ARGV[2] ~= 'range' then
  for at = 5, #ARGV do
    add(ARGV[at])
    if ARGV[2] == 'ids' then
      redis.call('SET', key('x', account, 'u', ARGV[at]), '00deleted', 'EX', ARGV[4])
    end
  end
else
  if ARGV[7] == '1' then redis.call('HINCRBY', KEYS[1], 'generation', 1) end
  for _, index in ipairs({{'hx', history}, {'ix', learning}}) do
    if index[2] ~= '' then
      local found = redis.call('ZRANGEBYSCORE', key(index[1], account, index[2]), ARGV[5], ARGV[6],
        'LIMIT', 0, most)
      if #found == most then more = '1' end
      for _, id in ipairs(found) do add(id) end
    end
  end
end

local blobs, counts = {}, {0, 0}
local function remove(at, items, index, epoch, id)
  if epoch == '' then return end
  local value = redis.call('HGET', key(items, account, epoch), id)
  if not value then return end
  redis.call('HDEL', key(items, account, epoch), id)
  redis.call('ZREM', key(index, account, epoch), id)
  counts[at] = counts[at] + 1
  local blob = blob_of(value)
  if blob ~= '' then
    condemn(blob)
    blobs[#blobs + 1] = blob
  end
end

for _, id in ipairs(ids) do
  remove(1, 'h', 'hx', history, id)
  remove(2, 'i', 'ix', learning, id)
  if learning ~= '' then redis.call('HDEL', key('v', account, learning), id) end
  if review ~= '' then
    redis.call('ZREM', key('r', account, review), id)
    redis.call('HDEL', key('t', account, review), id)
  end
end
rewrite_due()
if review ~= '' and #ids > 0 then offer(account, review) end
local result = {counts[1], counts[2], more, #blobs}
for _, blob in ipairs(blobs) do result[#result + 1] = blob end
for _, grant in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. whole(now_ms()), '+inf')) do
  result[#result + 1] = grant
end
return result
