-- Keys as they are at one moment, for a backup.
-- KEYS: 1... keys of one shard; an account's hash among them comes as its fields
-- Result: for each key that is there {key, life in ms or -1, dump or fields and values}
-- Invariant: of an account that is being deleted there is nothing.
local result = {}
for _, name in ipairs(KEYS) do
  if string.match(name, '^{s%d%d}:a:') and redis.call('HGET', name, 'state') ~= 'live' then
    return {}
  end
end
for _, name in ipairs(KEYS) do
  local life = redis.call('PTTL', name)
  if string.match(name, '^{s%d%d}:a:') then
    result[#result + 1] = {name, life, redis.call('HGETALL', name)}
  else
    local dump = redis.call('DUMP', name)
    if dump then result[#result + 1] = {name, life, dump} end
  end
end
return result
