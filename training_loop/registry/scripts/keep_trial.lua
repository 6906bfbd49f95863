-- Keeps a trial up, in the stage that it is in now; or ends it.
-- KEYS: 1 models:<kind>:trial
-- ARGV: 1 trial, 2 stage or '' to end it, 3 milliseconds that it lasts unless it is kept up again
-- Result: 1, or 0 when the trial is over or another one took its place
if redis.call('HGET', KEYS[1], 'trial') ~= ARGV[1] then
  return 0
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
  return 1
end
redis.call('HSET', KEYS[1], 'stage', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
