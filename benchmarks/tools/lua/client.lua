-- Shared by all load scripts: a client that posts a drawing, waits for its answer and posts the next.
--
-- wrk is started with as many threads as connections, so each Lua state is one client, and a script
-- may send several requests for one answer. Times run from the first request to the answer.
--
-- wrk ... -- FILE_OF_BODIES [HEADER VALUE]...   writes its result as JSON to $BENCH_RESULT.

local ffi = require "ffi"
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } moment;
  int clock_gettime(int, moment *);
]]
local MONOTONIC = ffi.os == "OSX" and 6 or 1
local moment = ffi.new("moment")

local client = {}
local posts, turn, started = {}, 0, 0
local threads = {}
milliseconds, refused, repeated = {}, 0, 0 -- global: wrk reads them from each thread at the end

local function now()
  ffi.C.clock_gettime(MONOTONIC, moment)
  return tonumber(moment.seconds) * 1e3 + tonumber(moment.nanoseconds) / 1e6
end

-- The request for the next drawing. Starts its time.
function client.post()
  turn = turn % #posts + 1
  started = now()
  return posts[turn]
end

-- Ends the time of a drawing, answered or not.
function client.finish(answered)
  if answered then
    milliseconds[#milliseconds + 1] = now() - started
  else
    refused = refused + 1
  end
end

-- Counts one more request for the same drawing.
function client.again()
  repeated = repeated + 1
end

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("number", #threads)
end

function init(args)
  local headers = { ["Content-Type"] = "application/json" }
  for i = 2, #args, 2 do headers[args[i]] = args[i + 1] end
  for name, value in pairs(headers) do wrk.headers[name] = value end
  for line in io.lines(args[1]) do
    posts[#posts + 1] = wrk.format("POST", wrk.path, wrk.headers, line)
  end
  turn = (number - 1) * 31 % #posts -- so that the clients differ
end

function done(summary)
  local all, bad, more = {}, 0, 0
  for _, thread in ipairs(threads) do
    for _, each in ipairs(thread:get("milliseconds")) do all[#all + 1] = string.format("%.4f", each) end
    bad, more = bad + thread:get("refused"), more + thread:get("repeated")
  end
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  local file = assert(io.open(os.getenv("BENCH_RESULT"), "w"))
  file:write(string.format(
    '{"seconds": %.6f, "refused": %d, "broken": %d, "repeated": %d, "milliseconds": [%s]}',
    summary.duration / 1e6, bad, broken, more, table.concat(all, ",")))
  file:close()
end

return client
