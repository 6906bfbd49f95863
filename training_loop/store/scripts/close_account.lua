-- Begins the deletion of an account: destroys its keys and makes all it holds unreachable.
-- KEYS: 1 account hash, 2 read grants, 3 erasure, 4 the erasure's blobs
-- ARGV: 1 account, 2 digest of the account, 3 erasure
-- Result: {the read grants that were open...}
-- Invariant: from here on no credential, no key and no container of the account works, and none can
-- be made under its id; repeating it changes nothing. The erasure counts what went with it. The
-- hash says nothing but that, until the account's other keys are gone.
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
  redis.call('SADD', KEYS[4], containers[at] .. '/')
  for _, kind in ipairs({items, ...}) do redis.call('UNLINK', key(kind, account, epoch)) end
end
close(1, 'history', history, 'h', 'hx')
close(2, 'learning', learning, 'i', 'ix', 'v')
if review ~= '' then redis.call('UNLINK', key('r', account, review), key('t', account, review)) end
clips.drop_all(account, review)
for _, container in ipairs(containers) do
  if container ~= '' then clips.go_with(container) end
end
drop_quarantine(account, now_ms())
redis.call('ZREM', key('q'), account)
redis.call('ZREM', key('ql'), account)
redis.call('SREM', key('n'), account)
redis.call('ZADD', key('ts'), 'NX', whole(now_ms()), ARGV[2])
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'state', 'erasing', 'erasure', ARGV[3])
redis.call('HINCRBY', KEYS[3], 'history_records', counts[1])
redis.call('HINCRBY', KEYS[3], 'queue_items', counts[2])
rewrite_due()
if was_live then audit('machine', 'account_closed', ARGV[3]) end -- not beside its pseudonym
return redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. whole(now_ms()), '+inf')
