-- Notes that a model learned from an account's items, while the consent still stands.
-- KEYS: 1 account hash, 2 models
-- ARGV: 1 learning epoch, 2 model
-- Result: 1 when noted, 0 when the account no longer consents at that epoch
if not live() or field('learning_epoch') ~= ARGV[1] then return 0 end
if redis.call('SADD', KEYS[2], ARGV[2]) == 1 then
  audit('machine', 'used_in_model', pseudonym(KEYS[1]), 'model=' .. ARGV[2])
end
return 1
