-- Uses a ticket up with its code, or with the token of its link.
-- KEYS: 1 ticket
-- ARGV: 1 digest of the ticket or '', 2 of the link's token or '', 3 of the code, 4 purpose,
--       5 most tries, 6 this attempt
-- Result: {what it is about, sealed} or {}
-- Invariant: code and link work once, together; after so many wrong codes neither works. Repeating
-- the very same attempt gives the same answer.
local found = redis.call('HMGET', KEYS[1], 'ticket', 'link', 'code', 'purpose', 'done', 'about')
if not found[4] or found[4] ~= ARGV[4] then return {} end
if found[5] then
  if found[5] == ARGV[6] then return {found[6]} end
  return {}
end
if ARGV[2] ~= '' then
  if found[2] ~= ARGV[2] then return {} end
else
  if ARGV[1] == '' or found[1] ~= ARGV[1] then return {} end
  if redis.call('HINCRBY', KEYS[1], 'tries', 1) > tonumber(ARGV[5]) then
    redis.call('DEL', KEYS[1])
    return {}
  end
  if found[3] == '' or found[3] ~= ARGV[3] then return {} end
end
redis.call('HDEL', KEYS[1], 'ticket', 'link', 'code')
redis.call('HSET', KEYS[1], 'done', ARGV[6])
return {found[6]}
