-- POST, and the reply is the answer. Anything but 200 counts as refused.
local client = require "client"

function request()
  return client.post()
end

function response(status)
  client.finish(status == 200)
end
