-- Points at the model that serves, unless somebody else did so in between.
-- KEYS: 1 models:nlu
-- ARGV: 1 expected generation (0: nothing has served yet), 2 model, 3 fingerprint,
--       4 the model before it, 5 channel, 6 ms at which it was released, 0 when it came back,
--       7 JSON of the model that was taken out for being worse, or ''
--       8 JSON for the audit log, which has it from `change:<generation>` afterwards
-- Result: the new generation, or -1 when another change came first.
-- Invariant: every change raises the generation by one and is published; repeating a call that
-- succeeded gives its answer again.
local generation = tonumber(redis.call('HGET', KEYS[1], 'generation') or '0')
local expected = tonumber(ARGV[1])
if generation == expected + 1 and redis.call('HGET', KEYS[1], 'model') == ARGV[2] then
  return generation
end
if generation ~= expected then
  return -1
end
redis.call('HSET', KEYS[1], 'model', ARGV[2], 'fingerprint', ARGV[3], 'previous', ARGV[4],
  'generation', expected + 1, 'released_ms', ARGV[6], 'change:' .. expected + 1, ARGV[8])
if ARGV[7] ~= '' then
  redis.call('HSET', KEYS[1], 'taken_out', ARGV[7])
end
redis.call('PUBLISH', ARGV[5], expected + 1)
return expected + 1
