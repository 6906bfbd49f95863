-- A server tells what it counted, whether it has the candidate, and what went wrong with it.
-- KEYS: 1 models:<kind>:trial
-- ARGV: 1 trial, 2 server, 3 number of the batch, 4 failure or '', 5 the stage it has loaded for
--       or '', then names and counts in turns
-- Result: 1, or 0 when the trial is over
-- Invariant: counts of an earlier trial are dropped; a batch that is told twice counts once.
if redis.call('HGET', KEYS[1], 'trial') ~= ARGV[1] then
  return 0
end
if ARGV[4] ~= '' then
  redis.call('HSETNX', KEYS[1], 'failure', ARGV[4])
end
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[1], 'ready:' .. ARGV[2], ARGV[5])
end
if redis.call('HGET', KEYS[1], 'batch:' .. ARGV[2]) == ARGV[3] then
  return 1
end
redis.call('HSET', KEYS[1], 'batch:' .. ARGV[2], ARGV[3])
for index = 6, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[1], 'count:' .. ARGV[index], ARGV[index + 1])
end
return 1
