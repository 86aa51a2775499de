// The cases of the Autobahn test suite, sections 1 to 7 and 10, as a table: what its fuzzing client sends,
// and what a strict server answers ("OK"; its weaker grade "NON-STRICT" is not good enough here).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace net {

struct AutobahnCase {
  // What the client sends at once, and how it is cut on the wire.
  struct Part {
    std::string octets;
    size_t piece_bytes = 0;  // 0: in one piece
    // The server has seen all of it, and answered no more than this, before the next part goes out.
    std::vector<std::string> answered_so_far = {};
    bool waits = false;
  };
  enum class End {
    kClientCloses,  // with 1000 once everything is answered: the server answers 1000 and closes
    kServerCloses,  // `close` is all that is to come, then the connection ends
  };

  std::string number;  // "6.22.34"
  std::vector<Part> parts;
  std::vector<std::string> answers;  // frames, as take_server_frame() says
  End end;
  std::string close;  // the server's Close frame
};

std::vector<AutobahnCase> autobahn_framing();        // 1
std::vector<AutobahnCase> autobahn_pings();          // 2
std::vector<AutobahnCase> autobahn_reserved_bits();  // 3
std::vector<AutobahnCase> autobahn_opcodes();        // 4
std::vector<AutobahnCase> autobahn_fragmentation();  // 5
std::vector<AutobahnCase> autobahn_utf8();           // 6
std::vector<AutobahnCase> autobahn_closing();        // 7
std::vector<AutobahnCase> autobahn_miscellaneous();  // 10

}  // namespace net
