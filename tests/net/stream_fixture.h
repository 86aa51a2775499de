// One stream, a handler that records, and the client at its other end.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "tests/net/stream_world.h"

namespace net {

// A message that says how long it is, so that a torn one is noticed.
inline std::string frame(size_t bytes, char fill) {
  std::string text(bytes, fill);
  base::store_be32(reinterpret_cast<uint8_t*>(text.data()), static_cast<uint32_t>(bytes));
  return text;
}

// The fill characters of the frames in `stream`, in order; "torn" if one is not whole.
inline std::string fills_of(std::string_view stream) {
  std::string fills;
  while (!stream.empty()) {
    if (stream.size() < 4) return "torn";
    const size_t bytes = base::load_be32(reinterpret_cast<const uint8_t*>(stream.data()));
    if (bytes > stream.size() || stream.substr(4, bytes - 4).find_first_not_of(stream[4]) < bytes - 4)
      return "torn";
    fills += stream[4];
    stream.remove_prefix(bytes);
  }
  return fills;
}

struct StreamPlainTest : StreamTest, testing::Test {
  explicit StreamPlainTest(const StreamOptions& options = {}, int client_receive_buffer_bytes = 0)
      : connection(connect_pair(client_receive_buffer_bytes)),
        client(*connection.client),
        stream(std::make_unique<Stream>(std::move(connection.server), options)) {
    stream->attach(group, handler);
  }
  bool send(std::string_view text, Priority priority = Priority::kControl) {
    return stream->send(base::as_bytes(text), priority);
  }

  RecordingHandler handler;
  Connection connection;
  BlockingClient& client;
  std::unique_ptr<Stream> stream;
};

}  // namespace net
