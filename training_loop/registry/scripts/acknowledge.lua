-- A server says which model it has in service; silent servers are forgotten.
-- KEYS: 1 models:nlu:in_service
-- ARGV: 1 server, 2 model, 3 fingerprint, 4 generation it has dealt with, 5 failure or '',
--       6 milliseconds after which a silent server counts as gone
-- Result: 1
-- Invariant: every entry carries the store's own time.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local entries = redis.call('HGETALL', KEYS[1])
for index = 1, #entries, 2 do
  if cjson.decode(entries[index + 1]).at_ms < now - tonumber(ARGV[6]) then
    redis.call('HDEL', KEYS[1], entries[index])
  end
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({
  model = ARGV[2], fingerprint = ARGV[3], generation = tonumber(ARGV[4]), failure = ARGV[5],
  at_ms = now}))
return 1
