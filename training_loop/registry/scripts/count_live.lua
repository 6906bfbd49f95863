-- A server tells how many turns its model answered, and how many of them were bad.
-- KEYS: 1 models:<kind>:live
-- ARGV: 1 server, 2 number of the batch, 3 days that counts are kept, then models, names and counts
--       in turns
-- Result: 1, or 0 for a batch that was told before
-- Invariant: a batch that is told twice counts once; the first of a day drops what is too old.
local today = math.floor(tonumber(redis.call('TIME')[1]) / 86400)
local kept = tonumber(ARGV[3])
local batch = 'batch:' .. ARGV[1]
if redis.call('HGET', KEYS[1], 'day') ~= tostring(today) then
  local entries = redis.call('HGETALL', KEYS[1])
  for index = 1, #entries, 2 do
    local day = tonumber(string.match(entries[index], '^(%d+):'))
    local told = string.match(entries[index], '^batch:') and
      tonumber(string.match(entries[index + 1], '^(%d+):'))
    if (day and day <= today - kept) or (told and told < today - 1) then
      redis.call('HDEL', KEYS[1], entries[index])
    end
  end
  redis.call('HSET', KEYS[1], 'day', today)
end
local told = redis.call('HGET', KEYS[1], batch)
if told and string.match(told, ':(%d+)$') == ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], batch, today .. ':' .. ARGV[2])
for index = 4, #ARGV, 3 do
  redis.call('HINCRBY', KEYS[1], today .. ':' .. ARGV[index] .. ':' .. ARGV[index + 1],
    ARGV[index + 2])
end
redis.call('EXPIRE', KEYS[1], kept * 86400)
return 1
