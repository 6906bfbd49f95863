-- Takes back what `review_note_act` counted of a task.
-- KEYS: 1 shift, 2 what is known of this task, 3 the reviewer's record
-- Result: 1, or 0 when nothing was counted
local act = redis.call('GET', KEYS[2])
if not act then return 0 end
redis.call('UNLINK', KEYS[2])
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HINCRBY', KEYS[1], act, -1)
  redis.call('HSETNX', KEYS[1], 'lent_ms', whole(now_ms()))
  if act == 'done' then
    local paces = split(field('paces_ms'))
    table.remove(paces)
    redis.call('HSET', KEYS[1], 'paces_ms', table.concat(paces, ' '))
  end
end
if act == 'done' then
  redis.call('HINCRBY', KEYS[3], 'reviews', -1)
  if tonumber(redis.call('HGET', KEYS[3], 'same') or '0') > 0 then
    redis.call('HINCRBY', KEYS[3], 'same', -1)
  end
end
return 1
