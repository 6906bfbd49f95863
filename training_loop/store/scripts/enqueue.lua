-- Stores an utterance in the history and in the learning queue, if the consent still stands.
-- KEYS: 1 account hash, 2 request result, 3 blob intents
-- ARGV: 1 account, 2 utterance id, 3 captured at in ms, 4 generation, 5 result's life in s,
--       6 history epoch or '', 7 its blob path or '', 8 its sealed record,
--       9 learning epoch or '', 10 its blob path or '', 11 its sealed record, 12 review epoch or ''
-- Result: 'kept queued' as '1' or '0' each, then the reason, for example '10no_consent'
-- Invariant: nothing is queued while learning is paused.
-- Invariant: a record is stored only under the epoch seen at capture, and only with a blob whose
-- announcement has not run out; a blob that is not referenced stays announced for removal.
local account, id = ARGV[1], ARGV[2]
local earlier = redis.call('GET', KEYS[2])
if earlier then return earlier end
local now = now_ms()
local reason = ''
if not live() then
  reason = 'account_gone'
elseif field('generation') ~= ARGV[4] then
  reason = 'deleted'
end

local function take(purpose, items, index, epoch, blob, record)
  if epoch == '' then return '0' end
  local refused = reason
  if refused == '' and field(purpose .. '_epoch') ~= epoch then refused = 'consent_changed' end
  if refused == '' and purpose == 'learning' and paused() then refused = 'paused' end
  if refused == '' and blob ~= '' then
    local deadline = redis.call('ZSCORE', KEYS[3], blob)
    if not deadline or tonumber(deadline) < now then refused = 'storage_unavailable' end
  end
  if refused ~= '' then
    if blob ~= '' then condemn(blob) end
    return '0', refused
  end
  local value = blob .. '|' .. whole(now) .. '|' .. record
  redis.call('HSET', key(items, account, epoch), id, value)
  redis.call('ZADD', key(index, account, epoch), ARGV[3], id)
  if blob ~= '' then redis.call('ZREM', KEYS[3], blob) end
  return '1', ''
end

local kept, why_not_kept = take('history', 'h', 'hx', ARGV[6], ARGV[7], ARGV[8])
local queued, why_not_queued = take('learning', 'i', 'ix', ARGV[9], ARGV[10], ARGV[11])
if queued == '1' and ARGV[12] ~= '' and field('review_epoch') == ARGV[12] then
  redis.call('ZADD', key('r', account, ARGV[12]), whole(now), id)
  offer(account, ARGV[12])
end
local why = why_not_queued or ''
if why == '' then why = why_not_kept or '' end
local result = kept .. queued .. why
if live() then redis.call('SET', KEYS[2], result, 'EX', ARGV[5]) end
return result
