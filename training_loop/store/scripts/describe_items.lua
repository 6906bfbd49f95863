-- What an operator may see of an account's queue items: no content.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 index to begin at, 3 most items, 4 the epoch the page began with or ''
-- Result: {learning epoch, number of items in the index, then id, state and enqueue time in ms}
local account, epoch, review = ARGV[1], field('learning_epoch'), field('review_epoch')
if not live() or epoch == '' then return {} end
local from = ARGV[4] == epoch and tonumber(ARGV[2]) or 0
local index = key('ix', account, epoch)
local page = {epoch, redis.call('ZCARD', index), whole(from)}
for _, id in ipairs(redis.call('ZRANGE', index, from, from + tonumber(ARGV[3]) - 1)) do
  local value = redis.call('HGET', key('i', account, epoch), id) or ''
  local state = 'held'
  if redis.call('HEXISTS', key('v', account, epoch), id) == 1 then
    state = 'reviewed'
  elseif review ~= '' and redis.call('ZSCORE', key('r', account, review), id) then
    state = 'ready'
  elseif review ~= '' and (redis.call('HEXISTS', key('t', account, review), id) == 1
      or redis.call('HEXISTS', key('k', account, review), id) == 1) then
    state = 'leased'
  end
  page[#page + 1] = id
  page[#page + 1] = state
  page[#page + 1] = string.match(value, '^[^|]*|(%d+)|') or '0'
end
return page
