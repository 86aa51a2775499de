#include "tests/net/websocket_autobahn_cases.h"

#include <cstdint>
#include <iterator>
#include <string_view>

#include "tests/net/websocket_frame.h"

namespace net {
namespace {

using End = AutobahnCase::End;
using Frames = std::vector<ClientFrame>;
using Answers = std::vector<std::string>;

const std::string kHello = "Hello, world!";
const std::string kNotUtf8("\x00\xff\xfe\xfd\xfc\xfb\x00\xff", 8);
const std::string kProtocolError = "close 1002";

enum class Cut { kNot, kFrames, kOctets };

std::vector<AutobahnCase::Part> parts_of(const Frames& frames, Cut cut = Cut::kNot) {
  std::vector<AutobahnCase::Part> parts;
  if (cut != Cut::kFrames) parts.emplace_back().piece_bytes = cut == Cut::kOctets ? 1 : 0;
  for (const auto& frame : frames) {
    if (cut == Cut::kFrames) parts.emplace_back();
    parts.back().octets += to_octets(frame);
  }
  return parts;
}

AutobahnCase answered(std::string number, const Frames& frames, Answers answers, Cut cut = Cut::kNot) {
  return {std::move(number), parts_of(frames, cut), std::move(answers), End::kClientCloses, "close 1000"};
}

// The server fails the connection with `close`, after `answers` to what was in order.
AutobahnCase failed(std::string number, const Frames& frames, Answers answers = {}, Cut cut = Cut::kNot,
                    std::string close = kProtocolError) {
  return {std::move(number), parts_of(frames, cut), std::move(answers), End::kServerCloses, std::move(close)};
}

// The frames themselves begin the closing handshake.
AutobahnCase closed(std::string number, const Frames& frames, std::string close = "close 1000") {
  return failed(std::move(number), frames, {}, Cut::kNot, std::move(close));
}

Frames fragments(std::string_view text, size_t bytes) {
  Frames frames;
  for (size_t at = 0; at < text.size(); at += bytes) {
    frames.push_back({frames.empty() ? kText : kContinuation, std::string(text.substr(at, bytes)), false});
  }
  frames.back().fin = true;
  return frames;
}

}  // namespace

std::vector<AutobahnCase> autobahn_framing() {
  constexpr size_t kSizes[] = {0, 125, 126, 127, 128, 65535, 65536, 65536};
  std::vector<AutobahnCase> cases;
  for (size_t i = 0; i < std::size(kSizes); ++i) {
    const std::string text(kSizes[i], '*');
    const std::string binary(kSizes[i], '\xfe');
    const std::string number = std::to_string(i + 1);
    cases.push_back(answered("1.1." + number, {{kText, text}}, {"text " + text}));
    cases.push_back(answered("1.2." + number, {{kBinary, binary}}, {"binary " + binary}));
    if (i != 7) continue;
    cases[cases.size() - 1].parts.front().piece_bytes = 997;
    cases[cases.size() - 2].parts.front().piece_bytes = 997;
  }
  return cases;
}

std::vector<AutobahnCase> autobahn_pings() {
  const std::string longest(125, '\xfe');
  const ClientFrame unsolicited{kPong, "unsolicited pong payload"};
  Frames ten;
  Answers ten_answers;
  for (int i = 0; i < 10; ++i) {
    ten.push_back({kPing, "payload-" + std::to_string(i)});
    ten_answers.push_back("pong payload-" + std::to_string(i));
  }
  return {
      answered("2.1", {{kPing}}, {"pong "}),
      answered("2.2", {{kPing, kHello}}, {"pong " + kHello}),
      answered("2.3", {{kPing, kNotUtf8}}, {"pong " + kNotUtf8}),
      answered("2.4", {{kPing, longest}}, {"pong " + longest}),
      failed("2.5", {{kPing, longest + '\xfe'}}),
      answered("2.6", {{kPing, longest}}, {"pong " + longest}, Cut::kOctets),
      answered("2.7", {{kPong}}, {}),
      answered("2.8", {unsolicited}, {}),
      answered("2.9", {unsolicited, {kPing, "ping payload"}}, {"pong ping payload"}),
      answered("2.10", ten, ten_answers),
      answered("2.11", ten, ten_answers, Cut::kOctets),
  };
}

std::vector<AutobahnCase> autobahn_reserved_bits() {
  const auto after_hello = [](uint8_t rsv) {
    return Frames{{kText, kHello}, {kText, kHello, true, rsv}, {kPing}};
  };
  const Answers hello = {"text " + kHello};
  return {
      failed("3.1", {{kText, kHello, true, 1}}),
      failed("3.2", after_hello(2), hello),
      failed("3.3", after_hello(3), hello, Cut::kFrames),
      failed("3.4", after_hello(4), hello, Cut::kOctets),
      failed("3.5", {{kBinary, kNotUtf8, true, 5}}),
      failed("3.6", {{kPing, kHello, true, 6}}),
      failed("3.7", {{kClose, "", true, 7}}),
  };
}

std::vector<AutobahnCase> autobahn_opcodes() {
  std::vector<AutobahnCase> cases;
  for (const auto& [group, first] : {std::pair<std::string, uint8_t>("4.1.", 3), {"4.2.", 11}}) {
    const auto frame = [base = first](uint8_t offset, std::string payload) {
      return ClientFrame{static_cast<uint8_t>(base + offset), std::move(payload)};
    };
    const ClientFrame hello{kText, kHello};
    const ClientFrame ping{kPing};
    const Answers echo = {"text " + kHello};
    cases.push_back(failed(group + "1", {frame(0, "")}));
    cases.push_back(failed(group + "2", {frame(1, "reserved opcode payload")}));
    cases.push_back(failed(group + "3", {hello, frame(2, ""), ping}, echo));
    cases.push_back(failed(group + "4", {hello, frame(3, kHello), ping}, echo));
    cases.push_back(failed(group + "5", {hello, frame(4, kHello), ping}, echo, Cut::kOctets));
  }
  return cases;
}

std::vector<AutobahnCase> autobahn_fragmentation() {
  const ClientFrame one{kText, "fragment1", false};
  const ClientFrame two{kContinuation, "fragment2"};
  const ClientFrame ping{kPing, "ping payload"};
  const Answers both = {"text fragment1fragment2"};
  const Answers pong_and_both = {"pong ping payload", both[0]};
  const ClientFrame stray_last{kContinuation, "non-continuation payload"};
  const ClientFrame stray{kContinuation, "non-continuation payload", false};
  const ClientFrame hello{kText, kHello};
  const auto twice = [&](const ClientFrame& before) { return Frames{before, one, two, before, one, two}; };
  const auto two_pings = [](std::string number, Cut cut) {
    AutobahnCase result = answered(std::move(number), {}, {"pong 1!", "pong 2!", "text abcde"});
    result.parts = parts_of({{kText, "a", false}, {kContinuation, "b", false}, {kPing, "1!"}}, cut);
    result.parts.back().answered_so_far = {"pong 1!"};
    result.parts.back().waits = true;
    const auto rest = parts_of(
        {{kContinuation, "c", false}, {kContinuation, "d", false}, {kPing, "2!"}, {kContinuation, "e"}}, cut);
    result.parts.insert(result.parts.end(), rest.begin(), rest.end());
    return result;
  };
  return {
      failed("5.1", {{kPing, "fragment1", false}, two}),
      failed("5.2", {{kPong, "fragment1", false}, two}),
      answered("5.3", {one, two}, both),
      answered("5.4", {one, two}, both, Cut::kFrames),
      answered("5.5", {one, two}, both, Cut::kOctets),
      answered("5.6", {one, ping, two}, pong_and_both),
      answered("5.7", {one, ping, two}, pong_and_both, Cut::kFrames),
      answered("5.8", {one, ping, two}, pong_and_both, Cut::kOctets),
      failed("5.9", {stray_last, hello}),
      failed("5.10", {stray_last, hello}, {}, Cut::kFrames),
      failed("5.11", {stray_last, hello}, {}, Cut::kOctets),
      failed("5.12", {stray, hello}),
      failed("5.13", {stray, hello}, {}, Cut::kFrames),
      failed("5.14", {stray, hello}, {}, Cut::kOctets),
      failed("5.15", {one, two, stray, hello}, both),
      failed("5.16", twice(stray)),
      failed("5.17", twice(stray_last)),
      failed("5.18", {one, {kText, "fragment2"}}),
      two_pings("5.19", Cut::kNot),
      two_pings("5.20", Cut::kFrames),
  };
}

std::vector<AutobahnCase> autobahn_closing() {
  const ClientFrame normal{kClose, close_payload(1000)};
  const std::string not_utf8 =
      "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64\x69\x74\x65\x64";
  std::string large;
  while (large.size() < 256 * 1024) large += "BAsd7&jh23";
  std::vector<AutobahnCase> cases = {
      answered("7.1.1", {{kText, kHello}}, {"text " + kHello}),
      closed("7.1.2", {normal, {kClose}}),
      closed("7.1.3", {normal, {kPing}}),
      closed("7.1.4", {normal, {kText, kHello}}),
      closed("7.1.5", {{kText, "fragment1", false}, normal, {kContinuation, "fragment2"}}),
      failed("7.1.6", {{kText, large}, {kText, kHello}, normal, {kPing}}, {"text " + large, "text " + kHello},
             Cut::kNot, "close 1000"),
      closed("7.3.1", {{kClose}}),
      closed("7.3.2", {{kClose, "a"}}, kProtocolError),
      closed("7.3.3", {normal}),
      closed("7.3.4", {{kClose, close_payload(1000, kHello)}}),
      closed("7.3.5", {{kClose, close_payload(1000, std::string(123, '*'))}}),
      closed("7.3.6", {{kClose, close_payload(1000, std::string(124, '*'))}}, kProtocolError),
      closed("7.5.1", {{kClose, close_payload(1000, not_utf8)}}, "close 1007"),
  };
  const auto each_code = [&cases](const std::string& group, std::initializer_list<uint16_t> codes,
                                  bool valid) {
    int index = 0;
    for (const uint16_t code : codes) {
      const auto answer = valid ? "close " + std::to_string(code) : kProtocolError;
      cases.push_back(closed(group + std::to_string(++index), {{kClose, close_payload(code)}}, answer));
    }
  };
  each_code("7.7.", {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999}, true);
  each_code("7.9.", {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999}, false);
  each_code("7.13.", {5000, 65535}, false);  // informational there
  return cases;
}

std::vector<AutobahnCase> autobahn_miscellaneous() {
  const std::string text(65536, '*');
  return {answered("10.1.1", fragments(text, 1300), {"text " + text})};
}

}  // namespace net
