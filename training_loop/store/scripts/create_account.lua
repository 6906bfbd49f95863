-- Opens an account with every switch off.
-- KEYS: 1 account hash
-- ARGV: 1 child ('1' or '0'), 2 time zone, 3 token digest, 4 wrapped data key, 5 retention days,
--       6 digest of the account's id
-- Result: 'ok', or 'taken' when the id exists with another token, or 'stale' when the key is
-- wrapped by a version of the master key that is being retired, or 'erased'
-- Invariant: creating again with the same token changes nothing; an id that was erased stays so.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return field('digest') == ARGV[3] and 'ok' or 'taken'
end
if redis.call('ZSCORE', key('ts'), ARGV[6]) then return 'erased' end
if not accepted(ARGV[4]) then return 'stale' end
redis.call('HSET', KEYS[1], 'state', 'live', 'child', ARGV[1], 'zone', ARGV[2],
  'digest', ARGV[3], 'data_key', ARGV[4], 'retention_days', ARGV[5],
  'keep_history', '0', 'improve_models', '0', 'human_review', '0',
  'epoch', '0', 'generation', '0', 'created_ms', whole(now_ms()))
audit('holder', 'account_created', pseudonym(KEYS[1]))
return 'ok'
