-- Put after the prelude before every script that calls `audit`, so that an entry and the change it
-- records happen together or not at all.
-- An entry is "<number> <ms> <actor> <subject> <action> <detail> <request> <link>". Its link is the
-- SHA-256 of the link before it, a space and the rest of the entry; the first one follows the
-- SHA-256 of "earmark audit " and the shard's tag.
-- Invariant: numbers have no gap, no entry in `au` is ever changed or removed, and `ah` holds the
-- number and link of the last one.

local sha256
do
  local band, bor, bxor, bnot = bit.band, bit.bor, bit.bxor, bit.bnot
  local ror, rshift, lshift, tobit = bit.ror, bit.rshift, bit.lshift, bit.tobit
  local k = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  }

  -- FIPS 180-4; of texts below 512 MB, as 64 hexadecimal digits.
  function sha256(text)
    local bits = #text * 8
    text = text .. '\128' .. string.rep('\0', (55 - #text) % 64) .. '\0\0\0\0' .. string.char(
      band(rshift(bits, 24), 255), band(rshift(bits, 16), 255), band(rshift(bits, 8), 255),
      band(bits, 255))
    local h0, h1, h2, h3 = 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a
    local h4, h5, h6, h7 = 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
    local w = {}
    for block = 1, #text, 64 do
      for n = 0, 15 do
        local b0, b1, b2, b3 = string.byte(text, block + n * 4, block + n * 4 + 3)
        w[n] = bor(lshift(b0, 24), lshift(b1, 16), lshift(b2, 8), b3)
      end
      for n = 16, 63 do
        local x, y = w[n - 15], w[n - 2]
        w[n] = tobit(w[n - 16] + w[n - 7] + bxor(ror(x, 7), ror(x, 18), rshift(x, 3))
          + bxor(ror(y, 17), ror(y, 19), rshift(y, 10)))
      end
      local a, b, c, d, e, f, g, h = h0, h1, h2, h3, h4, h5, h6, h7
      for n = 0, 63 do
        local one = h + bxor(ror(e, 6), ror(e, 11), ror(e, 25)) + bxor(band(e, f), band(bnot(e), g))
          + k[n + 1] + w[n]
        local two = bxor(ror(a, 2), ror(a, 13), ror(a, 22)) + bxor(band(a, b), band(a, c), band(b, c))
        h, g, f, e, d, c, b, a = g, f, e, tobit(d + one), c, b, a, tobit(one + two)
      end
      h0, h1, h2, h3 = tobit(h0 + a), tobit(h1 + b), tobit(h2 + c), tobit(h3 + d)
      h4, h5, h6, h7 = tobit(h4 + e), tobit(h5 + f), tobit(h6 + g), tobit(h7 + h)
    end
    local hex = bit.tohex
    return hex(h0) .. hex(h1) .. hex(h2) .. hex(h3) .. hex(h4) .. hex(h5) .. hex(h6) .. hex(h7)
  end
end

-- What the audit log calls an account. It comes from the wrapped data key and is kept with it, so
-- it is gone with the account and then stands for nobody.
local function pseudonym(account_hash)
  local known = redis.call('HGET', account_hash, 'audit')
  if known then return known end
  local wrapped = redis.call('HGET', account_hash, 'data_key')
  if not wrapped then return '-' end
  local made = 'p-' .. string.sub(sha256('audit pseudonym ' .. wrapped), 1, 20)
  redis.call('HSET', account_hash, 'audit', made)
  return made
end

local function word(value)
  if not value or value == '' then return '-' end
  return (string.gsub(string.sub(value, 1, 200), '[^%w_.:=,-]', '_'))
end

-- A reference to a clip within one account's entries, which nobody can turn into the clip's id.
local function clip(id, subject)
  return 'clip=' .. string.sub(redis.sha1hex(subject .. ' ' .. id), 1, 12)
end

-- A reference to a request by the key of its result; that names the account, so nobody can guess it.
local function request(result_key)
  return string.sub(redis.sha1hex(result_key), 1, 16)
end

-- Records who did what to whom; call it where the change is certain.
local function audit(actor, action, subject, detail, request)
  local head = split(redis.call('GET', key('ah')) or '0 ' .. sha256('earmark audit ' .. tag))
  local number = whole(tonumber(head[1]) + 1)
  local body = table.concat({number, whole(now_ms()), word(actor), word(subject), word(action),
    word(detail), word(request)}, ' ')
  local link = sha256(head[2] .. ' ' .. body)
  redis.call('RPUSH', key('au'), body .. ' ' .. link)
  redis.call('SET', key('ah'), number .. ' ' .. link)
end
