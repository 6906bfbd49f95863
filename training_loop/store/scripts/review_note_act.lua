-- Counts what ended a task, once.
-- KEYS: 1 shift, 2 what is known of this task, 3 the reviewer's record, 4 reviewers
-- ARGV: 1 'done', 'skipped' or 'reported', 2 token of what was said or '', 3 how long to know it
--       in ms, 4 paces kept, 5 longest pace in ms, 6 same in a row that is enough, 7 member
-- Result: 1, or 0 when it was counted already
-- Invariant: who has said the same often enough stays so until somebody has looked.
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[3]) then return 0 end
local now = now_ms()
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
  redis.call('HSET', KEYS[1], 'last_ms', whole(now))
  local lent = tonumber(field('lent_ms'))
  redis.call('HDEL', KEYS[1], 'lent_ms')
  if ARGV[1] == 'done' and lent and now - lent <= tonumber(ARGV[5]) then
    local paces = split(field('paces_ms'))
    paces[#paces + 1] = whole(now - lent)
    while #paces > tonumber(ARGV[4]) do table.remove(paces, 1) end
    redis.call('HSET', KEYS[1], 'paces_ms', table.concat(paces, ' '))
  end
end
if ARGV[1] ~= 'done' then return 1 end
redis.call('SADD', KEYS[4], ARGV[7])
redis.call('HINCRBY', KEYS[3], 'reviews', 1)
if ARGV[2] ~= '' and tonumber(redis.call('HGET', KEYS[3], 'same') or '0') < tonumber(ARGV[6]) then
  if redis.call('HGET', KEYS[3], 'said') == ARGV[2] then
    redis.call('HINCRBY', KEYS[3], 'same', 1)
  else
    redis.call('HSET', KEYS[3], 'said', ARGV[2], 'same', 1)
  end
end
return 1
