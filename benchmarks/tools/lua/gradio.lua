-- Gradio's own HTTP API: POST .../call/NAME returns an event id, GET .../call/NAME/EVENT streams its answer.
local client = require "client"
local event

function request()
  if event then return wrk.format("GET", wrk.path .. "/" .. event) end
  return client.post()
end

function response(status, headers, body)
  if event == nil and status == 200 then
    event = body:match('"event_id":%s*"(%w+)"')
    client.again()
  else
    event = nil
    client.finish(status == 200 and body:find("event: complete", 1, true) ~= nil)
  end
end
