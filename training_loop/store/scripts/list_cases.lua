-- The cases of a shard, without what is in them.
-- KEYS: 1 cases' accounts
-- ARGV: 1 most cases
-- Result: for each case its JSON without the sealed part and with 'now'
local found = {}
for _, owner in ipairs(redis.call('HVALS', KEYS[1])) do
  if #found >= tonumber(ARGV[1]) then break end
  local of = split(owner)
  local review = redis.call('HGET', key('a', of[1]), 'review_epoch')
  local value = review and redis.call('HGET', key('kh', of[1], review), of[2])
  if value then
    local case = clips.case(value)
    case.sealed, case.now = nil, now_ms()
    found[#found + 1] = cjson.encode(case)
  end
end
return found
