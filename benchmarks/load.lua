-- For wrk: asks for the paths given after `--` in turn, counts the answers' codes, prints the result as JSON.

local thread

function setup(one)
  thread = one
end

function init(arguments)
  codes, at, asked = {}, 0, {}
  for index, path in ipairs(arguments) do
    asked[index] = wrk.format("GET", path)
  end
end

function request()
  at = at % #asked + 1
  return asked[at]
end

function response(status)
  local code = tostring(status)
  codes[code] = (codes[code] or 0) + 1
end

function done(summary, latency)
  local counted = {}
  for code, count in pairs(thread:get("codes")) do
    counted[#counted + 1] = string.format('"%s": %d', code, count)
  end
  local errors = summary.errors
  io.write(string.format(
    '{"seconds": %.6f, "p99_s": %.6f, "broken": %d, "codes": {%s}}\n',
    summary.duration / 1e6, latency:percentile(99) / 1e6,
    errors.connect + errors.read + errors.write + errors.timeout, table.concat(counted, ", ")
  ))
end
