-- Announces the blobs of an utterance before they are written, so that a crash cannot hide them.
-- KEYS: 1 account hash, 2 blob intents
-- ARGV: 1 generation, 2 history epoch or '', 3 history blob or '', 4 learning epoch or '',
--       5 learning blob or '', 6 ms until they must be referenced
-- Result: {history container, wrapped key, learning container, wrapped key}, '' where refused
-- Invariant: a purpose whose epoch has changed gets no container.
local given = {'', '', '', ''}
if not live() or field('generation') ~= ARGV[1] then return given end
local deadline = whole(now_ms() + tonumber(ARGV[6]))
local function announce(at, purpose, epoch, blob)
  if epoch == '' or field(purpose .. '_epoch') ~= epoch then return end
  given[at] = field(purpose .. '_container')
  given[at + 1] = field(purpose .. '_key')
  if blob ~= '' then redis.call('ZADD', KEYS[2], deadline, given[at] .. '/' .. blob) end
end
announce(1, 'history', ARGV[2], ARGV[3])
announce(3, 'learning', ARGV[4], ARGV[5])
return given
