-- Notes that a data set, or an export of one, names items of an account, while the consent stands.
-- KEYS: 1 account hash, 2 data sets and exports
-- ARGV: 1 learning epoch, 2 data set or export
-- Result: 1 when noted, 0 when the account no longer consents at that epoch
if not live() or field('learning_epoch') ~= ARGV[1] then return 0 end
if redis.call('SADD', KEYS[2], ARGV[2]) == 1 then
  audit('machine', 'used_in_data_set', pseudonym(KEYS[1]), 'name=' .. ARGV[2])
end
return 1
