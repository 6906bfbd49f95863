-- Changes an account's switches, opens containers for what went on and closes what went off.
-- KEYS: 1 account hash, 2 consent log, 3 request result
-- ARGV: 1 account, 2 the epoch this change was decided on, 3 keep_history, 4 retention days,
--       5 improve_models, 6 human_review, 7 history container, 8 its wrapped key,
--       9 learning container, 10 its wrapped key, 11 log entry, 12 result, 13 result's life in s,
--       14 version of the text shown, 15 the purposes consented to with this change, as words
-- Result: {'ok', result} or {'done', earlier result} or {'stale'} or {'gone'}
-- Invariant: a purpose that is off has no epoch, no container and no key; one that went off and on
-- again has another epoch, container and key than before. A purpose that is on has the version of
-- the text under which it was last consented to.
local account = ARGV[1]
if not live() then return {'gone'} end
local earlier = redis.call('GET', KEYS[3])
if earlier then return {'done', earlier} end
if field('epoch') ~= ARGV[2] then return {'stale'} end
if not accepted(ARGV[8]) or not accepted(ARGV[10]) then return {'stale'} end
local epoch = whole(tonumber(ARGV[2]) + 1)

local function open(purpose, container, wrapped)
  redis.call('HSET', KEYS[1], purpose .. '_epoch', epoch, purpose .. '_container', container,
    purpose .. '_key', wrapped)
end

local function close(purpose, ...)
  drop_quarantine(account, now_ms())
  local old = field(purpose .. '_epoch')
  for _, kind in ipairs({...}) do redis.call('UNLINK', key(kind, account, old)) end
  local container = field(purpose .. '_container')
  if container ~= '' then condemn(container .. '/') end
  redis.call('HDEL', KEYS[1], purpose .. '_epoch', purpose .. '_container', purpose .. '_key')
  rewrite_due()
end

local keeps, learns = field('history_epoch') ~= '', field('learning_epoch') ~= ''
local hears = field('review_epoch') ~= ''

if ARGV[3] == '1' and not keeps then open('history', ARGV[7], ARGV[8]) end
if ARGV[3] == '0' and keeps then close('history', 'h', 'hx') end

if hears and ARGV[6] == '0' then
  clips.drop_all(account, field('review_epoch'))
  close('review', 'r', 't')
  redis.call('ZREM', key('q'), account)
  redis.call('ZREM', key('ql'), account)
end
if ARGV[5] == '1' and not learns then open('learning', ARGV[9], ARGV[10]) end
if ARGV[5] == '0' and learns then close('learning', 'i', 'ix', 'v') end
if ARGV[6] == '1' and not hears then redis.call('HSET', KEYS[1], 'review_epoch', epoch) end

for purpose, on in pairs({history = ARGV[3], learning = ARGV[5], review = ARGV[6]}) do
  if on == '0' then redis.call('HDEL', KEYS[1], purpose .. '_text') end
end
for _, purpose in ipairs(split(ARGV[15])) do
  redis.call('HSET', KEYS[1], purpose .. '_text', ARGV[14])
end
redis.call('HSET', KEYS[1], 'epoch', epoch, 'keep_history', ARGV[3], 'retention_days', ARGV[4],
  'improve_models', ARGV[5], 'human_review', ARGV[6])
if ARGV[3] == '1' or ARGV[5] == '1' then
  redis.call('SADD', key('n'), account)
else
  redis.call('SREM', key('n'), account)
end
redis.call('LPUSH', KEYS[2], whole(now_ms()) .. ' ' .. ARGV[11])
redis.call('LTRIM', KEYS[2], 0, 9999)
redis.call('SET', KEYS[3], ARGV[12], 'EX', ARGV[13])
local less = (keeps and ARGV[3] == '0') or (learns and ARGV[5] == '0') or (hears and ARGV[6] == '0')
local shown = cjson.decode(ARGV[11])
audit('holder', less and 'consent_withdrawn' or 'consent_changed', pseudonym(KEYS[1]),
  table.concat({'keep_history=' .. ARGV[3], 'retention_days=' .. ARGV[4],
    'improve_models=' .. ARGV[5], 'human_review=' .. ARGV[6],
    'text=' .. word(shown.text_version), 'channel=' .. word(shown.channel)}, ','),
  request(KEYS[3]))
return {'ok', ARGV[12]}
