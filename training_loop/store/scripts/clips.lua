-- Put after the prelude before every script that uses `clips`: what people review of an account.
-- An item in review has its clip in `k` and its task in `kt`: stage, and seats by member, each
-- {staff, as, state, token, ends, opinion}. All else is an index that `clips.keep` makes from it.
-- Seats are 'leased' until their lease ends, then gone; 'submitted' or 'skipping' until their undo
-- time ends, then 'final' or 'skipped'. The final seat of a hidden check is 'judged' in the end.
-- Invariant: a stage never has more seats than it wants, and a member has one seat at a clip.

local clips = {}
local INDEX = {review = 'kr', adjudication = 'ka', check = 'kc', settling = 'kw'}
local SHARD = {review = 'kqr', adjudication = 'kqa', check = 'kqc', settling = 'kqw'}
local TAKEN = {leased = true, submitted = true, skipping = true, final = true, judged = true}
local PASSING = {leased = true, submitted = true, skipping = true}
local CHECKS = 12 -- how many may answer one hidden check

local function count(task, as, states)
  local found = 0
  for _, seat in pairs(task.seats) do
    if seat.as == as and states[seat.state] then found = found + 1 end
  end
  return found
end

function clips.task(account, review, item)
  local stored = redis.call('HGET', key('kt', account, review), item)
  return stored and cjson.decode(stored), stored
end

-- Whether all opinions that a stage needs are there for good.
function clips.complete(task)
  local finals = count(task, task.stage, {final = true})
  if task.stage == 'review' then return finals == 2 end
  return finals > 0
end

-- How many seats of its stage are free.
function clips.tickets(task)
  local most = {review = 2, adjudication = 1, check = task.retired and 0 or CHECKS}
  return (most[task.stage] or 0) - count(task, task.stage, TAKEN)
end

-- Puts the account where members of a stage, and the settling, look for it, or takes it away.
function clips.offer(account, review)
  for stage, kind in pairs(INDEX) do
    if redis.call('EXISTS', key(kind, account, review)) == 1 then
      redis.call('ZADD', key(SHARD[stage]), 0, account)
    else
      redis.call('ZREM', key(SHARD[stage]), account)
    end
  end
  local first = redis.call('ZRANGE', key('kd', account, review), 0, 0, 'WITHSCORES')
  if first[2] then
    redis.call('ZADD', key('kl'), first[2], account)
  else
    redis.call('ZREM', key('kl'), account)
  end
end

-- Stores a task and everything that follows from it.
function clips.keep(account, review, item, task)
  redis.call('HSET', key('kt', account, review), item, cjson.encode(task))
  local seen, ends = {}, task.stage == 'check' and task.ends or nil
  for who, seat in pairs(task.seats) do
    seen[#seen + 1] = who
    if PASSING[seat.state] and (not ends or seat.ends < ends) then ends = seat.ends end
  end
  for stage, kind in pairs(INDEX) do
    local open = stage == task.stage and clips.tickets(task) > 0
    if stage == 'settling' then open = clips.complete(task) end
    if open then
      redis.call('HSET', key(kind, account, review), item, table.concat(seen, ' '))
    else
      redis.call('HDEL', key(kind, account, review), item)
    end
  end
  if ends then
    redis.call('ZADD', key('kd', account, review), whole(ends), item)
  else
    redis.call('ZREM', key('kd', account, review), item)
  end
  clips.offer(account, review)
end

-- A case from its stored value.
function clips.case(value)
  return cjson.decode(string.match(value, '^[^|]*|%d+|(.*)$'))
end

local function condemn_blob(value, blobs)
  local blob = value and blob_of(value) or ''
  if blob == '' then return end
  condemn(blob)
  if blobs then redis.call('SADD', blobs, blob) end
end

-- Ends the review of an item: its clip and opinions go, and who had it stays known.
function clips.close(account, review, item, task)
  condemn_blob(redis.call('HGET', key('k', account, review), item))
  redis.call('HDEL', key('k', account, review), item)
  for _, seat in pairs(task.seats) do seat.opinion = nil end
  task.stage, task.ends, task.retired, task.truth = 'done', nil, nil, nil
  clips.keep(account, review, item, task)
  rewrite_due()
end

-- Takes an item out of review as if it had never been there; its blobs are added to the set `blobs`
-- where that is given.
function clips.drop(account, review, item, blobs)
  if review == '' then return end
  local task = clips.task(account, review, item)
  for _, seat in pairs(task and task.seats or {}) do forget_lease(account, seat.token) end
  condemn_blob(redis.call('HGET', key('k', account, review), item), blobs)
  local case = redis.call('HGET', key('kh', account, review), item)
  if case then
    condemn_blob(case, blobs)
    redis.call('HDEL', key('kf'), clips.case(case).case)
  end
  for _, kind in ipairs({'k', 'kt', 'kh', 'kr', 'ka', 'kc', 'kw'}) do
    redis.call('HDEL', key(kind, account, review), item)
  end
  redis.call('ZREM', key('kd', account, review), item)
  clips.offer(account, review)
end

function clips.keep_case(account, review, item, value, case)
  local kept = string.match(value, '^([^|]*|%d+|)') .. cjson.encode(case)
  redis.call('HSET', key('kh', account, review), item, kept)
  return kept
end

-- Deletes an item from the learning queue and from review; returns its blobs, all condemned.
function clips.delete(account, learning, review, item)
  local blobs = {}
  for _, held in ipairs({key('i', account, learning), key('k', account, review)}) do
    local blob = blob_of(redis.call('HGET', held, item) or '|')
    if blob ~= '' then blobs[#blobs + 1] = blob end
  end
  clips.drop(account, review, item)
  redis.call('HDEL', key('i', account, learning), item)
  redis.call('HDEL', key('v', account, learning), item)
  redis.call('ZREM', key('ix', account, learning), item)
  for _, blob in ipairs(blobs) do condemn(blob) end
  rewrite_due()
  return blobs
end

-- Epoch and wrapped key of the history if it has an item, else '' and ''.
function clips.history(account, item)
  local history = field('history_epoch')
  if history == '' or redis.call('HEXISTS', key('h', account, history), item) == 0 then
    return '', ''
  end
  return history, field('history_key')
end

-- Leaves of an utterance's own history a note without words and sound, or nothing where `note` is '';
-- adds its blob, condemned, to `blobs`. `history` is the epoch under which the note was sealed.
-- Returns whether a note is there.
function clips.leave_note(account, history, item, note, blobs)
  if history == '' or field('history_epoch') ~= history then return false end
  local value = redis.call('HGET', key('h', account, history), item)
  if not value then return false end
  local blob = blob_of(value)
  if blob ~= '' then
    condemn(blob)
    blobs[#blobs + 1] = blob
  end
  if note == '' then
    redis.call('HDEL', key('h', account, history), item)
    redis.call('ZREM', key('hx', account, history), item)
    return false
  end
  redis.call('HSET', key('h', account, history), item,
    '|' .. string.match(value, '^[^|]*|(%d+)|') .. '|' .. note)
  return true
end

-- Deletes what nobody meant to be heard wherever it is; returns its blobs, all condemned.
function clips.delete_unmeant(account, learning, review, item, history, note)
  local blobs = clips.delete(account, learning, review, item)
  if not clips.leave_note(account, history, item, note, blobs) then
    clips.unname(key('w', account), {[item] = true})
  end
  clips.tally('deleted')
  return blobs
end

-- Adds what was condemned in a container before, and is not removed yet, to the set `blobs`: no
-- erasure is done before it is.
function clips.also_condemned(container, blobs)
  for _, path in ipairs(redis.call('ZRANGEBYSCORE', key('b'), 0, 0)) do
    if string.sub(path, 1, #container + 1) == container .. '/' then
      redis.call('SADD', blobs, path)
    end
  end
end

-- What was condemned in a container that is itself condemned goes with it, and is named no more.
-- What was announced and never referenced stays: it may be written yet.
function clips.go_with(container)
  for _, path in ipairs(redis.call('ZRANGEBYSCORE', key('b'), 0, 0)) do
    if path ~= container .. '/' and string.sub(path, 1, #container + 1) == container .. '/' then
      redis.call('ZREM', key('b'), path)
    end
  end
end

-- Takes everything of an account out of review; its blobs, unless they go with their container.
function clips.drop_all(account, review)
  if review == '' then return end
  for _, value in ipairs(redis.call('HVALS', key('k', account, review))) do condemn_blob(value) end
  for _, case in ipairs(redis.call('HVALS', key('kh', account, review))) do
    condemn_blob(case)
    redis.call('HDEL', key('kf'), clips.case(case).case)
  end
  for _, kind in ipairs({'k', 'kt', 'kh', 'kr', 'ka', 'kc', 'kw', 'kd'}) do
    redis.call('UNLINK', key(kind, account, review))
  end
  for _, index in ipairs({'kqr', 'kqa', 'kqc', 'kqw', 'kl'}) do
    redis.call('ZREM', key(index), account)
  end
end

-- Makes the shard's lists of a restored account anew.
function clips.restore(account, review)
  local cases = redis.call('HGETALL', key('kh', account, review))
  for at = 1, #cases, 2 do
    redis.call('HSET', key('kf'), clips.case(cases[at + 1]).case, account .. ' ' .. cases[at])
  end
  clips.offer(account, review)
end

-- Lets an item's time pass: leases and undo times that are over, hidden checks that had their time.
local function ripen(account, review, item, now)
  local task = clips.task(account, review, item)
  if not task then
    redis.call('ZREM', key('kd', account, review), item)
    return
  end
  for who, seat in pairs(task.seats) do
    if PASSING[seat.state] and seat.ends <= now then
      forget_lease(account, seat.token)
      if seat.state == 'leased' then
        task.seats[who] = nil
      else
        seat.state = seat.state == 'submitted' and 'final' or 'skipped'
      end
    end
  end
  if task.stage == 'check' then
    if task.ends and task.ends <= now then task.retired, task.ends = true, nil end
    local busy = {leased = true, submitted = true, skipping = true, final = true}
    if (task.retired or clips.tickets(task) <= 0) and count(task, 'check', busy) == 0 then
      clips.close(account, review, item, task)
      return
    end
  end
  clips.keep(account, review, item, task)
end

-- Lets the time of a shard pass, for so many accounts and items of each at most.
function clips.ripen(most)
  local now = now_ms()
  for _, account in ipairs(redis.call('ZRANGEBYSCORE', key('kl'), '-inf', whole(now), 'LIMIT', 0,
      most)) do
    local review = redis.call('HGET', key('a', account), 'review_epoch')
    if review then
      for _, item in ipairs(redis.call('ZRANGEBYSCORE', key('kd', account, review), '-inf',
          whole(now), 'LIMIT', 0, most)) do
        ripen(account, review, item, now)
      end
      clips.offer(account, review)
    else
      redis.call('ZREM', key('kl'), account)
    end
  end
end

-- The name of a member in seats: the same after a restore, when pseudonyms are others.
function clips.member(id)
  return string.sub(redis.sha1hex(id), 1, 16)
end

local function seat_of(task, token)
  for member, seat in pairs(task.seats) do
    if seat.token == token then return seat, member end
  end
end

-- How a task stands for who had it: 'open', 'undoable', 'ended', 'expired' or 'withdrawn', with the
-- ms left, the task, the seat and its name. KEYS[1] is the account's hash.
function clips.standing(account, item, learning, review, token)
  if not live() or field('learning_epoch') ~= learning or field('review_epoch') ~= review then
    return 'withdrawn', 0
  end
  local task = clips.task(account, review, item)
  if not task then return 'withdrawn', 0 end
  local seat, member = seat_of(task, token)
  if not seat then return 'expired', 0 end
  local left = (seat.ends or 0) - now_ms()
  if not PASSING[seat.state] then return 'ended', 0, task, seat end
  if left <= 0 then return seat.state == 'leased' and 'expired' or 'ended', 0, task, seat end
  return seat.state == 'leased' and 'open' or 'undoable', left, task, seat, member
end

function clips.grant(grants, grant, grant_ms)
  local now = now_ms()
  redis.call('ZREMRANGEBYSCORE', grants, '-inf', whole(now))
  redis.call('ZADD', grants, whole(now + tonumber(grant_ms)), grant)
end

function clips.tally(what)
  redis.call('HINCRBY', key('ks'), what, 1)
end

-- Notes how long a listen has lasted; false where it is not among the latest.
function clips.lasted(listens, listen, heard_ms)
  for at, entry in ipairs(redis.call('LRANGE', listens, 0, 63)) do
    local parts = split(entry)
    if parts[3] == listen then
      parts[5] = heard_ms
      redis.call('LSET', listens, at - 1, table.concat(parts, ' '))
      return true
    end
  end
  return false
end

-- Notes that somebody listens, or for how long by now; true when this is a new listen.
function clips.listened(listens, listen, who, item, heard_ms, most)
  if clips.lasted(listens, listen, heard_ms) then return false end
  redis.call('LPUSH', listens, table.concat({whole(now_ms()), who, listen, item, heard_ms}, ' '))
  redis.call('LTRIM', listens, 0, tonumber(most) - 1)
  return true
end

-- Who listened stays known to the account holder, and not to what.
function clips.unname(listens, gone)
  for at, entry in ipairs(redis.call('LRANGE', listens, 0, -1)) do
    local parts = split(entry)
    if parts[4] and gone[parts[4]] then
      parts[4] = '-'
      redis.call('LSET', listens, at - 1, table.concat(parts, ' '))
    end
  end
end
