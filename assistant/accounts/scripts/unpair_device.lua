-- Removes a device.
-- KEYS  1 devices of the account (hash)
--       2 the account (hash)
-- ARGV  1 device
-- RETURNS 1 when it was removed, 0 when there is no such device
-- INVARIANT  Its credential does not work afterwards. Repeating is harmless.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then
  return 0
end
audit('holder', 'device_unpaired', pseudonym(KEYS[2]))
return 1
