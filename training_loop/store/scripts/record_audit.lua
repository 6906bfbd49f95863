-- Records something that changes nothing else in the store.
-- KEYS: 1 account hash, or any key of the shard, 2 request result
-- ARGV: 1 actor, 2 action, 3 subject, 4 detail, 5 request digest or '', 6 '1' to name the account's
--       pseudonym as the subject
-- Result: 1 when recorded, 0 when the same request recorded it already
-- Invariant: an account that is gone or being deleted is named by no pseudonym.
if ARGV[5] ~= '' then
  if not redis.call('SET', KEYS[2], ARGV[2], 'NX', 'EX', 600) then return 0 end
end
audit(ARGV[1], ARGV[2], ARGV[6] == '1' and pseudonym(KEYS[1]) or ARGV[3], ARGV[4], ARGV[5])
return 1
