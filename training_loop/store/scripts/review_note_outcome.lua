-- Counts what came of a clip for those who reviewed it, once.
-- KEYS: 1 whether it was counted, 2 reviewers, 3 pairs, 4 one record for each voice
-- ARGV: 1 how long to know it in ms, 2 pair or '', 3 pairs kept, 4 checks kept,
--       then for each voice: member, compared 0 or 1, agreed 0 or 1, check '', '0' or '1'
-- Result: 1, or 0 when it was counted already
if not redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 0 end
if ARGV[2] ~= '' then
  redis.call('LPUSH', KEYS[3], ARGV[2])
  redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[3]) - 1)
end
for number = 4, #KEYS do
  local first = 5 + (number - 4) * 4
  local record, check = KEYS[number], ARGV[first + 3]
  redis.call('SADD', KEYS[2], ARGV[first])
  redis.call('HINCRBY', record, 'compared', ARGV[first + 1])
  redis.call('HINCRBY', record, 'agreed', ARGV[first + 2])
  if check ~= '' then
    redis.call('HINCRBY', record, 'checks', 1)
    redis.call('HINCRBY', record, 'checks_right', check)
    local latest = (redis.call('HGET', record, 'latest') or '') .. check
    redis.call('HSET', record, 'latest', string.sub(latest, -tonumber(ARGV[4])))
  end
end
return 1
