-- Which reviewed items of an account machines may learn from now: ids alone, so no grant.
-- KEYS: 1 account hash
-- Result: {learning epoch, items...}, or nothing where the account does not consent
local epoch = field('learning_epoch')
if not live() or epoch == '' then return {} end
local account = string.match(KEYS[1], '^{s%d%d}:a:(.+)$')
local items, found = key('i', account, epoch), {epoch}
for _, item in ipairs(redis.call('HKEYS', key('v', account, epoch))) do
  if redis.call('HEXISTS', items, item) == 1 then found[#found + 1] = item end
end
return found
