// Section 6: after Markus Kuhn's UTF-8 stress test, and how soon a fault is found.
#include <initializer_list>
#include <string_view>

#include "tests/net/websocket_autobahn_cases.h"
#include "tests/net/websocket_frame.h"

namespace net {
namespace {

using namespace std::string_literals;
using End = AutobahnCase::End;

const std::string kGreek = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
const std::string kInvalidPayload = "close 1007";

class Utf8Cases {
 public:
  void add(const std::string& number, const std::vector<ClientFrame>& frames, const std::string& text,
           bool valid) {
    AutobahnCase added{number, {{}}, {}, End::kServerCloses, kInvalidPayload};
    for (const auto& frame : frames) added.parts.front().octets += to_octets(frame);
    if (valid) {
      added.answers = {"text " + text};
      added.end = End::kClientCloses;
      added.close = "close 1000";
    }
    cases.push_back(std::move(added));
  }
  void add_fragments(const std::string& number, const std::string& text, size_t bytes, bool valid) {
    std::vector<ClientFrame> frames;
    for (size_t at = 0; at < text.size(); at += bytes) {
      frames.push_back({at == 0 ? kText : kContinuation, text.substr(at, bytes), at + bytes >= text.size()});
    }
    add(number, frames, text, valid);
  }
  // One case for each text, numbered on from 6.GROUP.1.
  void add_group(int group, bool valid, const std::vector<std::string>& texts) {
    if (group != group_) index_ = 0;
    group_ = group;
    for (const auto& text : texts) {
      add("6." + std::to_string(group) + "." + std::to_string(++index_), {{kText, text}}, text, valid);
    }
  }
  // Three parts, of which the second must be refused before the third is there.
  void add_fail_fast(const std::string& number, std::string first, std::string second) {
    AutobahnCase added{number, {}, {}, End::kServerCloses, kInvalidPayload};
    added.parts = {{std::move(first), 0, {}, /*waits=*/true}, {std::move(second)}};
    cases.push_back(std::move(added));
  }

  std::vector<AutobahnCase> cases;

 private:
  int group_ = 0;
  int index_ = 0;
};

void add_whole_texts(Utf8Cases& out) {
  const std::string umlauts = "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!";
  const std::string surrogate = kGreek + "\xed\xa0\x80" + "edited";
  const ClientFrame nothing{kText, "", false};
  const ClientFrame more_nothing{kContinuation, "", false};
  const ClientFrame last_nothing{kContinuation, ""};
  out.add("6.1.1", {{kText, ""}}, "", true);
  out.add("6.1.2", {nothing, more_nothing, last_nothing}, "", true);
  out.add("6.1.3", {nothing, {kContinuation, "middle", false}, last_nothing}, "middle", true);
  out.add("6.2.1", {{kText, umlauts}}, umlauts, true);
  out.add_fragments("6.2.2", umlauts, 14, true);  // between two characters
  out.add_fragments("6.2.3", umlauts, 1, true);
  out.add_fragments("6.2.4", kGreek, 1, true);
  out.add("6.3.1", {{kText, surrogate}}, surrogate, false);
  out.add_fragments("6.3.2", surrogate, 1, false);
}

void add_fail_fast(Utf8Cases& out) {
  const std::string above = "\xf4\x90\x80\x80";  // U+110000: wrong from its second octet on
  const std::string text = kGreek + above + "edited";
  const auto frame = [](uint8_t opcode, std::string payload) {
    return to_octets({opcode, std::move(payload), false});
  };
  out.add_fail_fast("6.4.1", frame(kText, kGreek), frame(kContinuation, above));
  out.add_fail_fast("6.4.2", frame(kText, text.substr(0, 12)), frame(kContinuation, text.substr(12, 1)));
  const std::string whole = to_octets({kText, text});
  const size_t header = whole.size() - text.size();
  out.add_fail_fast("6.4.3", whole.substr(0, header + 11), whole.substr(header + 11, 4));
  out.add_fail_fast("6.4.4", whole.substr(0, header + 12), whole.substr(header + 12, 1));
}

void add_lengths(Utf8Cases& out) {
  out.add_group(
      5, true,
      {"hello$world", "hello\xc2\xa2world", "hello\xe2\x82\xacworld", "hello\xf0\xa4\xad\xa2world", kGreek});
  for (size_t bytes = 1; bytes <= kGreek.size(); ++bytes) {
    const bool whole = bytes == 2 || bytes == 5 || bytes == 7 || bytes == 9 || bytes == 11;
    out.add_group(6, whole, {kGreek.substr(0, bytes)});
  }
  out.add_group(7, true, {"\0"s, "\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80"});
  out.add_group(8, false, {"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80"});
  out.add_group(9, true, {"\x7f", "\xdf\xbf", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"});
  out.add_group(10, false, {"\xf7\xbf\xbf\xbf", "\xfb\xbf\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf\xbf"});
  out.add_group(11, true, {"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf"});
  out.add_group(11, false, {"\xf4\x90\x80\x80"});
}

void add_stray_octets(Utf8Cases& out) {
  std::string continuations;
  for (int octet = 0x80; octet < 0xbf; ++octet) continuations += static_cast<char>(octet);
  out.add_group(12, false,
                {"\x80", "\xbf", "\x80\xbf", "\x80\xbf\x80", "\x80\xbf\x80\xbf", "\x80\xbf\x80\xbf\x80",
                 "\x80\xbf\x80\xbf\x80\xbf", continuations});
  for (const auto& [first, end] :
       {std::pair(0xc0, 0xdf), {0xe0, 0xef}, {0xf0, 0xf7}, {0xf8, 0xfb}, {0xfc, 0xfd}}) {
    std::string lonely;
    for (int octet = first; octet < end; ++octet) lonely.append({static_cast<char>(octet), ' '});
    out.add_group(13, false, {lonely});
  }
  const std::vector<std::string> cut = {
      "\xc0", "\xe0\x80", "\xf0\x80\x80", "\xf8\x80\x80\x80", "\xfc\x80\x80\x80\x80",
      "\xdf", "\xef\xbf", "\xf7\xbf\xbf", "\xfb\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf"};
  std::string all_cut;
  for (const auto& text : cut) all_cut += text;
  out.add_group(14, false, cut);
  out.add_group(15, false, {all_cut});
  out.add_group(16, false, {"\xfe", "\xff", "\xfe\xfe\xff\xff"});
}

void add_overlong(Utf8Cases& out) {
  out.add_group(
      17, false,
      {"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf8\x80\x80\x80\xaf", "\xfc\x80\x80\x80\x80\xaf"});
  out.add_group(
      18, false,
      {"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf8\x87\xbf\xbf\xbf", "\xfc\x83\xbf\xbf\xbf\xbf"});
  out.add_group(
      19, false,
      {"\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf8\x80\x80\x80\x80", "\xfc\x80\x80\x80\x80\x80"});
}

void add_code_points(Utf8Cases& out) {
  out.add_group(20, false,
                {"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80",
                 "\xed\xbe\x80", "\xed\xbf\xbf"});
  for (const std::string high : {"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf"}) {
    out.add_group(21, false, {high + "\xed\xb0\x80", high + "\xed\xbf\xbf"});
  }
  out.add_group(22, true, {"\xef\xbf\xbe", "\xef\xbf\xbf"});
  for (char plane = '\xf0'; plane != '\xf5'; ++plane) {  // U+nFFFE and U+nFFFF are valid UTF-8
    for (const char second : {'\x8f', '\x9f', '\xaf', '\xbf'}) {
      if (plane == '\xf0' && second == '\x8f') continue;  // overlong
      if (plane == '\xf4' && second != '\x8f') continue;  // above U+10FFFF
      const std::string front{plane, second, '\xbf'};
      out.add_group(22, true, {front + '\xbe', front + '\xbf'});
    }
  }
  out.add_group(23, true,
                {"\xef\xbf\xb9", "\xef\xbf\xba", "\xef\xbf\xbb", "\xef\xbf\xbc", "\xef\xbf\xbd",
                 "\xef\xbf\xbe", "\xef\xbf\xbf"});
}

}  // namespace

std::vector<AutobahnCase> autobahn_utf8() {
  Utf8Cases out;
  add_whole_texts(out);
  add_fail_fast(out);
  add_lengths(out);
  add_stray_octets(out);
  add_overlong(out);
  add_code_points(out);
  return out.cases;
}

}  // namespace net
