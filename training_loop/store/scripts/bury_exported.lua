-- Notes that the recipient of an export has to delete some of its items; what was noted before, or
-- is confirmed, stays as it is.
-- KEYS: 1 items of the export
-- ARGV: 1... digests of items
-- Result: how many were noted now
local now, noted = whole(now_ms()), 0
for at = 1, #ARGV do
  if redis.call('HGET', KEYS[1], ARGV[at]) == '' then
    redis.call('HSET', KEYS[1], ARGV[at], now)
    noted = noted + 1
  end
end
return noted
