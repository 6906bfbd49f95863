-- Everything kept of one utterance, for its own account; opens a read grant.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account, 2 utterance id, 3 grant, 4 grant in ms
-- Result: {history epoch, history key, history value, learning epoch, learning key, learning value,
--         sealed review}, '' where there is none; {'none'} when nothing is kept under that id;
--         nothing without an account
-- Invariant: nothing beyond the retention time, nothing of a purpose that is off.
local account, id = ARGV[1], ARGV[2]
if not live() then return {} end
local history, learning = field('history_epoch'), field('learning_epoch')
local now = now_ms()
local found = {'', '', '', '', '', '', ''}
if history ~= '' then
  local captured = redis.call('ZSCORE', key('hx', account, history), id)
  local oldest = now - tonumber(field('retention_days')) * 86400000
  if captured and tonumber(captured) >= oldest then
    local value = redis.call('HGET', key('h', account, history), id)
    if value then found[1], found[2], found[3] = history, field('history_key'), value end
  end
end
if learning ~= '' then
  local value = redis.call('HGET', key('i', account, learning), id)
  if value then
    found[4], found[5], found[6] = learning, field('learning_key'), value
    found[7] = redis.call('HGET', key('v', account, learning), id) or ''
  end
end
if found[3] == '' and found[6] == '' then return {'none'} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', whole(now))
redis.call('ZADD', KEYS[2], whole(now + tonumber(ARGV[4])), ARGV[3])
return found
