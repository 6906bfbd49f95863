-- Removes all devices and pairing codes of an account.
-- KEYS  1 pairing codes of the shard (hash: digest -> account|expiry in ms)
--       2 devices of the account (hash)
-- ARGV  1 account
-- RETURNS how many records were removed
-- INVARIANT  No credential and no code of the account works afterwards.
local removed = redis.call('HLEN', KEYS[2])
redis.call('DEL', KEYS[2])
local entries = redis.call('HGETALL', KEYS[1])
for i = 1, #entries, 2 do
  if string.match(entries[i + 1], '^(.*)|%d+$') == ARGV[1] then
    redis.call('HDEL', KEYS[1], entries[i])
    removed = removed + 1
  end
end
return removed
