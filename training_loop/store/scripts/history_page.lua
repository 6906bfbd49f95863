-- A page of what is in the history or the learning queue, newest first; opens a read grant.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account, 2 most entries, 3 score to begin at, 4 id to begin after or '', 5 grant,
--       6 grant in ms, 7 earliest capture time in ms or '-inf'
-- Result: {history key, learning key, history epoch, learning epoch, then for each entry its id,
--         capture time, history value or '', learning value or ''}, or nothing without an account
-- Invariant: nothing beyond the retention time, nothing of a purpose that is off.
local account, most = ARGV[1], tonumber(ARGV[2])
if not live() then return {} end
local now = now_ms()
local history, learning = field('history_epoch'), field('learning_epoch')
local oldest = now - tonumber(field('retention_days')) * 86400000
local scores, ids = {}, {}

local function collect(index, epoch, lowest)
  if epoch == '' then return end
  local at, taken = 0, 0
  while taken < most do
    local found = redis.call('ZREVRANGEBYSCORE', key(index, account, epoch), ARGV[3], lowest,
      'WITHSCORES', 'LIMIT', at, most)
    for n = 1, #found, 2 do
      local id, score = found[n], found[n + 1]
      if ARGV[4] == '' or tonumber(score) < tonumber(ARGV[3]) or id < ARGV[4] then
        if not scores[id] then ids[#ids + 1] = id end
        scores[id] = score
        taken = taken + 1
      end
    end
    if #found < 2 * most then return end
    at = at + most
  end
end

local earliest = tonumber(ARGV[7])
collect('hx', history, whole(earliest and math.max(oldest, earliest) or oldest))
collect('ix', learning, ARGV[7])
table.sort(ids, function(one, other)
  local a, b = tonumber(scores[one]), tonumber(scores[other])
  if a == b then return one > other end
  return a > b
end)
local page = {field('history_key'), field('learning_key'), history, learning}
for n = 1, math.min(#ids, most) do
  local id = ids[n]
  local kept, queued = '', ''
  if history ~= '' and tonumber(scores[id]) >= oldest then
    kept = redis.call('HGET', key('h', account, history), id) or ''
  end
  if learning ~= '' then queued = redis.call('HGET', key('i', account, learning), id) or '' end
  page[#page + 1] = id
  page[#page + 1] = scores[id]
  page[#page + 1] = kept
  page[#page + 1] = queued
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', whole(now))
redis.call('ZADD', KEYS[2], whole(now + tonumber(ARGV[6])), ARGV[5])
return page
