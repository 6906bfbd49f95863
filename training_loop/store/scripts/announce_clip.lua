-- Announces a clip's sound before it is written, so that a crash cannot hide it.
-- KEYS: 1 account hash, 2 blob intents
-- ARGV: 1 learning epoch, 2 review epoch, 3 blob's name or '', 4 ms until it must be referenced
-- Result: {container, wrapped key}, or nothing
-- Invariant: without both consents there is no key.
if not live() or field('learning_epoch') ~= ARGV[1] or field('review_epoch') ~= ARGV[2] then
  return {}
end
local container = field('learning_container')
if ARGV[3] ~= '' then
  redis.call('ZADD', KEYS[2], whole(now_ms() + tonumber(ARGV[4])), container .. '/' .. ARGV[3])
end
return {container, field('learning_key')}
