#include "net/http_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace net {
namespace {

using ::testing::HasSubstr;

const std::string kPost =
    "POST /a%20b/c?x=1%262&y=a+b&z HTTP/1.1\r\nHost: example.org\r\nauthorization: bEARER  t0k3n \r\n"
    "Content-Length: 5\r\n\r\nhello";

// Feeds all at once; the status of the refusal, 0: none.
int status_of(const std::string& bytes, const HttpLimits& limits = {}) {
  HttpParser parser(limits);
  const auto used = parser.feed(base::as_bytes(bytes));
  return used ? 0 : used.error().status;
}

std::string request_line(const std::string& line) { return line + "\r\nHost: a\r\n\r\n"; }

TEST(HttpParserTest, ARequestComesOutWithItsParts) {
  HttpParser parser({});
  const auto used = parser.feed(base::as_bytes(kPost + "GET /next"));
  ASSERT_TRUE(used);
  EXPECT_EQ(*used, kPost.size());
  ASSERT_TRUE(parser.is_done());
  EXPECT_TRUE(parser.keeps_alive());
  const auto request = parser.take();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a%20b/c?x=1%262&y=a+b&z");
  EXPECT_EQ(request.path, "/a b/c");
  EXPECT_EQ(request.parameter("x"), "1&2");
  EXPECT_EQ(request.parameter("y"), "a b");
  EXPECT_EQ(request.parameter("z"), "");
  EXPECT_EQ(request.parameter("w"), std::nullopt);
  EXPECT_EQ(request.headers.find("HOST"), "example.org");
  EXPECT_EQ(request.bearer_token(), "t0k3n");
  EXPECT_EQ(request.body, "hello");
}

TEST(HttpParserTest, ARequestMayComeInAnyTwoParts) {
  for (size_t split = 0; split <= kPost.size(); ++split) {
    HttpParser parser({});
    const auto first = parser.feed(base::as_bytes(kPost.substr(0, split)));
    ASSERT_TRUE(first) << split;
    if (!parser.is_done()) {
      ASSERT_TRUE(parser.feed(base::as_bytes(kPost.substr(*first)))) << split;
    }
    ASSERT_TRUE(parser.is_done()) << split;
    EXPECT_EQ(parser.take().body, "hello") << split;
  }
}

// Found by the fuzzer: Beast aborted when the end of an empty chunked body came in parts.
TEST(HttpParserTest, ChunksMayComeOctetByOctet) {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string chunks : {"", "5\r\nhello\r\n", "1;x\r\n!\r\n2\r\nab\r\n"}) {
    for (const std::string last : {"0\r\n\r\n", "000;x=y\r\n\r\n", "0\r\nA: b\r\n\r\n"}) {
      HttpParser parser({});
      const auto request = start + chunks + last;
      size_t consumed = 0;
      for (size_t come = 1; come <= request.size(); ++come) {
        const auto used = parser.feed(base::as_bytes(request).subspan(consumed, come - consumed));
        ASSERT_TRUE(used) << come;
        consumed += *used;
        ASSERT_EQ(parser.is_done(), come == request.size()) << come;
      }
    }
  }
}

TEST(HttpParserTest, ChunksAreJoined) {
  HttpParser parser({});
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n";
  EXPECT_EQ(parser.feed(base::as_bytes(bytes)), bytes.size());
  ASSERT_TRUE(parser.is_done());
  EXPECT_EQ(parser.take().body, "hello!");
}

TEST(HttpParserTest, AnEmptyLineInFrontIsForgiven) {
  EXPECT_EQ(status_of("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
}

TEST(HttpParserTest, WhatTwoReadersCouldTakeForDifferentLengthsIsRefused) {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(status_of(start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: 5, 5\r\n\r\nhello"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: +5\r\n\r\nhello"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: 5x\r\n\r\nhello"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: 99999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Transfer-Encoding: gzip\r\n\r\n"), 501);
  EXPECT_EQ(status_of(start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501);
  EXPECT_EQ(status_of(start + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400);
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n"), 400);
}

TEST(HttpParserTest, WhatIsNoRequestIsRefused) {
  EXPECT_EQ(status_of("GET /\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of(request_line("GET / HTTP/2.0")), 505);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: a\x01"
                      "b\r\n\r\n"),
            400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 0);
}

TEST(HttpParserTest, PathsThatLeaveTheirFolderAreRefused) {
  EXPECT_EQ(status_of(request_line("GET /../etc HTTP/1.1")), 400);
  EXPECT_EQ(status_of(request_line("GET /a/.. HTTP/1.1")), 400);
  EXPECT_EQ(status_of(request_line("GET /a/%2e%2E/b HTTP/1.1")), 400);
  EXPECT_EQ(status_of(request_line("GET /./ HTTP/1.1")), 400);
  EXPECT_EQ(status_of(request_line("GET /%00 HTTP/1.1")), 400);
  EXPECT_EQ(status_of(request_line("GET /%4 HTTP/1.1")), 400);
  EXPECT_EQ(status_of(request_line("GET /%zz HTTP/1.1")), 400);
  EXPECT_EQ(status_of(request_line("GET /a..b/.c/...?/../ HTTP/1.1")), 0);
}

TEST(HttpParserTest, WhatIsTooLargeIsRefusedByName) {
  EXPECT_EQ(status_of("GET /" + std::string(9000, 'a')), 0) << "its end may still come";
  EXPECT_EQ(status_of(request_line("GET /" + std::string(9000, 'a') + " HTTP/1.1")), 414);
  EXPECT_EQ(status_of("GET /" + std::string(17'000, 'a')), 414);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17'000, 'a')), 431);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", {.body_bytes = 10}), 413);
  EXPECT_EQ(
      status_of(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n",
          {.body_bytes = 10}),
      413);
}

// Fields piled up as long as their section did not end: 16 MB of them took 300 MB.
TEST(HttpParserTest, AHeaderIsHeldToItsBoundsHoweverItComes) {
  const HttpLimits limits{.header_bytes = 1000, .fields = 20};
  for (const auto& [line, lines] :
       {std::pair<std::string, int>{"X: " + std::string(90, 'x') + "\r\n", 10}, {"X: y\r\n", 20}}) {
    HttpParser parser(limits);
    std::string unread = "GET / HTTP/1.1\r\n";
    int taken = 0;
    while (parser.feed(base::as_bytes(unread)) == 0u && taken < 1000) {
      unread += line;
      ++taken;
    }
    EXPECT_EQ(taken, lines + 1) << line;
    EXPECT_EQ(parser.held_bytes(), std::string().capacity()) << "nothing of half a header is kept";
    EXPECT_EQ(status_of(unread, limits), 431);
    EXPECT_EQ(status_of(unread + "\r\n", limits), 431);
  }
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(2000, 'x'), limits), 431);
}

TEST(HttpParserTest, ALineThatIsFoldedOrEndsWithoutCrIsRefused) {
  for (const std::string space : {" ", "\t"}) {
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n" + space + "c\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n" + space + "Host: a\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n" + space), 400) << "at once";
    EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n" +
                        space + "b\r\n\r\n"),
              400);
  }
  EXPECT_EQ(status_of("GET / HTTP/1.1\nHost: a\n\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400);
}

TEST(HttpParserTest, ChunkExtensionsAndTrailersAreBoundedTogether) {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const HttpLimits limits{.header_bytes = 300, .fields = 8, .body_bytes = 1000};
  const auto chunks = [](int count, size_t extension_bytes) {
    std::string text;
    while (count-- > 0) text += "1;x=" + std::string(extension_bytes, 'y') + "\r\nz\r\n";
    return text;
  };
  EXPECT_EQ(status_of(start + chunks(20, 4) + "0\r\n\r\n", limits), 0);
  EXPECT_EQ(status_of(start + chunks(20, 60) + "0\r\n\r\n", limits), 431);
  EXPECT_EQ(status_of(start + chunks(20, 60), limits), 431) << "before their end";
  std::string trailer;
  for (int i = 0; i < 20; ++i) trailer += "X: y\r\n";
  EXPECT_EQ(status_of(start + "0\r\n" + trailer + "\r\n", limits), 431);
}

// Found by the fuzzer: what never ended was kept, however long.
TEST(HttpParserTest, WhatStandsAroundChunksHasALimitWhetherItEndsOrNot) {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const HttpLimits limits{.header_bytes = 200, .body_bytes = 1000};
  const auto many = [](size_t count) { return std::string(count, 'x'); };
  for (const std::string frame : {"0\r\nX: ", "5\r\nhello\r\n0\r\nX: ", "0;x=", "5;x="}) {
    EXPECT_EQ(status_of(start + frame + many(150), limits), 0) << frame;
    EXPECT_EQ(status_of(start + frame + many(250), limits), 431) << frame;
    EXPECT_EQ(status_of(start + frame + many(250) + "\r\n\r\n", limits), 431) << frame;
  }
  EXPECT_EQ(status_of(start + "0\r\nX: " + many(150) + "\r\n\r\n", limits), 0);
  EXPECT_EQ(status_of(start + "1f4\r\n" + many(500) + "\r\n0\r\n\r\n", limits), 0) << "a body is no frame";
}

TEST(HttpParserTest, AskingForContinueIsSeenOnceTheHeaderIsThere) {
  HttpParser parser({});
  const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  ASSERT_TRUE(parser.feed(base::as_bytes(bytes)));
  EXPECT_TRUE(parser.expects_continue());
  ASSERT_TRUE(parser.feed(base::as_bytes("ok")));
  EXPECT_TRUE(parser.is_done());
}

TEST(HttpHeadersTest, ListsAreSearchedWithoutCase) {
  HttpHeaders headers;
  headers.add("Connection", "keep-alive, Upgrade");
  headers.add("Connection", "x");
  EXPECT_TRUE(headers.has_token("connection", "upgrade"));
  EXPECT_TRUE(headers.has_token("connection", "X"));
  EXPECT_FALSE(headers.has_token("connection", "keep"));
}

TEST(HttpResponseTest, AProblemIsJsonWhateverItsDetail) {
  const auto problem = HttpResponse::problem(404, "no \"x\"\n\\");
  EXPECT_EQ(problem.body,
            "{\"status\":404,\"title\":\"Not Found\",\"detail\":\"no \\\"x\\\"\\u000a\\\\\"}\n");
  EXPECT_EQ(problem.headers.find("content-type"), "application/problem+json");
}

}  // namespace
}  // namespace net
