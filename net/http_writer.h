// Responses as octets. Pure; internal to net.
#pragma once

#include "net/byte_queue.h"
#include "net/http_message.h"

namespace net {

struct HttpFraming {
  bool is_head = false;  // the client wants the fields only
  bool keep_alive = true;
  bool is_http_1_0 = false;
};

// Status line, fields, body (RFC 9112 §4); of a fixed body only its length. Adds Content-Length, Connection
// where it differs from the version's rule, and nosniff. A field whose name or value holds a control
// character is left out: it would begin another field.
void write_response(const HttpResponse& response, const HttpFraming& framing, ByteQueue& out);

}  // namespace net
