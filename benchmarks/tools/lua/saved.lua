-- POST /api/drawings/ until the prediction is made: 201 has it; after 202 the drawing is polled.
local client = require "client"
local place

function request()
  if place then return wrk.format("GET", place) end
  return client.post()
end

local function is_answered(status, body)
  return status == 201 or (status == 200 and not body:find('"answer":null', 1, true))
end

function response(status, headers, body)
  if is_answered(status, body) then
    place = nil
    client.finish(true)
  elseif status == 202 or (status == 200 and place) then
    place = place or (headers["location"] or headers["Location"]):gsub("^%w+://[^/]+", "")
    client.again()
  else
    place = nil
    client.finish(false)
  end
end

-- Milliseconds between two polls, as a page waits, too.
function delay()
  return place and 20 or 0
end
