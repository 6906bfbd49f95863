-- How many items of an account are where.
-- KEYS: 1 account hash, 2 models
-- ARGV: 1 account
-- Result: {history, queue, ready, leased, reviewed, models}, or nothing without an account; what
-- people review counts as leased
local account = ARGV[1]
if not live() then return {} end
local history, learning = field('history_epoch'), field('learning_epoch')
local review = field('review_epoch')
local oldest = whole(now_ms() - tonumber(field('retention_days')) * 86400000)
local function count(command, epoch, kind, ...)
  if epoch == '' then return 0 end
  return redis.call(command, key(kind, account, epoch), ...)
end
return {
  count('ZCOUNT', history, 'hx', oldest, '+inf'), count('ZCARD', learning, 'ix'),
  count('ZCARD', review, 'r'), count('HLEN', review, 't')
    + count('HLEN', review, 'k') - count('HLEN', review, 'kc'), count('HLEN', learning, 'v'),
  redis.call('SCARD', KEYS[2]),
}
