-- Begins the deletion of an account: destroys its keys and makes all it holds unreachable.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account
-- Result: {history records, queue items, history container or '', learning container or '',
--         the read grants that were open...}, or nothing when unknown
-- Invariant: from here on no credential, no key and no container of the account works; repeating
-- it changes nothing. The hash keeps the containers' names alone, until the deletion has ended.
local account = ARGV[1]
local was_live = live()
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local history, learning = field('history_epoch'), field('learning_epoch')
local review = field('review_epoch')
local counts = {0, 0}
local containers = {field('history_container'), field('learning_container')}
local function close(at, purpose, epoch, items, ...)
  if epoch == '' then return end
  counts[at] = redis.call('HLEN', key(items, account, epoch))
  condemn(containers[at] .. '/')
  for _, kind in ipairs({items, ...}) do redis.call('UNLINK', key(kind, account, epoch)) end
end
close(1, 'history', history, 'h', 'hx')
close(2, 'learning', learning, 'i', 'ix', 'v')
if review ~= '' then redis.call('UNLINK', key('r', account, review), key('t', account, review)) end
redis.call('ZREM', key('q'), account)
redis.call('ZREM', key('ql'), account)
redis.call('SREM', key('n'), account)
redis.call('SADD', key('e'), account)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'state', 'erasing', 'history_container', containers[1],
  'learning_container', containers[2])
rewrite_due()
if was_live then audit('holder', 'account_erasure_began', '-') end -- not beside its pseudonym
local result = {counts[1], counts[2], containers[1], containers[2]}
for _, grant in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. whole(now_ms()), '+inf')) do
  result[#result + 1] = grant
end
return result
