-- Put before every script. All keys of one account share the hash tag of KEYS[1], so names that
-- depend on an epoch read here are built here and stay in the same slot.

local tag = string.match(KEYS[1], '^({s%d%d})')

local function key(...)
  return tag .. ':' .. table.concat({...}, ':')
end

-- The server's clock, in ms; nobody else's counts.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function whole(number)
  return string.format('%.0f', number)
end

-- A field of the account's hash as a string, '' where it is absent.
local function field(name)
  return redis.call('HGET', KEYS[1], name) or ''
end

-- True while the account exists and is not being deleted.
local function live()
  return field('state') == 'live'
end

-- True until a pause of learning has run out, by the server's clock.
local function paused()
  return (tonumber(field('paused_until_ms')) or 0) > now_ms()
end

-- Whether a key that was wrapped by its version of the master key may still be stored here. Its
-- first byte is 2 and its version follows; Earmark 0.1 wrote neither, which is version 1.
local function accepted(wrapped)
  local version = 1
  if string.byte(wrapped) == 2 then version = struct.unpack('>I4', wrapped, 2) end
  return version >= tonumber(redis.call('GET', key('kv')) or '0')
end

local function blob_of(value)
  return string.match(value, '^([^|]*)|')
end

-- Marks a blob, or a container's directory where the name ends in '/', for removal.
local function condemn(path)
  redis.call('ZADD', key('b'), 0, path)
end

-- Notes that the append-only file still holds what was just deleted.
local function rewrite_due()
  redis.call('INCR', key('lr'))
end

-- Puts the account where `lease` looks for it, or takes it away.
local function offer(account, review_epoch)
  local first = redis.call('ZRANGE', key('r', account, review_epoch), 0, 0, 'WITHSCORES')
  if first[2] then
    redis.call('ZADD', key('q'), first[2], account)
  else
    redis.call('ZREM', key('q'), account)
  end
end

local function split(text)
  local parts = {}
  for part in string.gmatch(text, '%S+') do parts[#parts + 1] = part end
  return parts
end

-- Destroys what the auditor put aside of an account until a time, with its audio, which is added
-- to the set `blobs` where that is given; returns how many keys.
local function drop_quarantine(account, until_ms, blobs)
  local index, dropped = key('z', account), 0
  local own = {[field('history_container')] = true, [field('learning_container')] = true}
  for _, name in ipairs(redis.call('HKEYS', index)) do
    if tonumber(redis.call('HGET', index, name)) <= until_ms then
      local held = tag .. ':' .. name
      if redis.call('TYPE', held).ok == 'hash' then
        for _, value in ipairs(redis.call('HVALS', held)) do
          local blob = string.match(value, '^(%x+/%x+)|')
          if blob and own[string.match(blob, '^%x+')] then
            condemn(blob)
            if blobs then redis.call('SADD', blobs, blob) end
          end
        end
      end
      redis.call('UNLINK', held)
      redis.call('HDEL', index, name)
      dropped = dropped + 1
    end
  end
  if dropped > 0 then rewrite_due() end
  return dropped
end

-- Forgets the remembered answer of a lease that is over: it names the item.
local function forget_lease(account, lease)
  local token = split(lease or '')[1]
  if token then redis.call('UNLINK', key('x', account, token)) end
end
