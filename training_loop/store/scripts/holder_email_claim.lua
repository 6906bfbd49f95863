-- Claims an address for an account, for a while: it is confirmed once the account has it.
-- KEYS: 1 address
-- ARGV: 1 account, 2 nonce, 3 how long an unconfirmed claim lasts, in ms
-- Result: {'ok'}, or {'taken', the other claim}
-- Invariant: an address belongs to one account; what a crash leaves here ends by itself.
local mine, held = ARGV[1] .. ' ' .. ARGV[2], redis.call('GET', KEYS[1])
if held == mine then
  if redis.call('PTTL', KEYS[1]) > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
  return {'ok'}
end
if held and string.match(held, '^%S+') ~= ARGV[1] then return {'taken', held} end
redis.call('SET', KEYS[1], mine, 'PX', ARGV[3])
return {'ok'}
