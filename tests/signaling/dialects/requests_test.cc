#include "signaling/dialects/requests.h"

#include <gtest/gtest.h>

namespace signaling::dialects {
namespace {

const std::string kLongest(kMaxParameterBytes, 'x');
const std::string kTooLong(kMaxParameterBytes + 1, 'x');
constexpr std::string_view kSession = "0123456789abcdef0123456789abcdef";

net::HttpRequest request_of(std::string_view query) {
  net::HttpRequest request;
  request.query = query;
  request.client = *base::Endpoint::parse("192.0.2.1:4711");
  return request;
}

std::expected<WebSocketRequest, Refusal> read(std::string_view query) {
  return read_websocket_request(request_of(query));
}

// `query` is refused, and the text says so of `parameter`.
void expect_refused(std::string_view query, std::string_view parameter) {
  const auto asked = read(query);
  ASSERT_FALSE(asked) << query;
  EXPECT_EQ(asked.error().code, 400) << query;
  EXPECT_TRUE(asked.error().text.starts_with(std::string(parameter) + ": ")) << query << asked.error().text;
}

TEST(WebSocketRequestTest, NothingNeedBeSaid) {
  for (const std::string_view query : {"", "fp=", "session=&last_seq=", "fp=&name=&kind=&uid=ann", "x=%FF"}) {
    const auto asked = read(query);
    ASSERT_TRUE(asked) << query;
    EXPECT_EQ(asked->showing.token, "");
    EXPECT_EQ(asked->showing.fingerprint, "");
    EXPECT_EQ(asked->showing.source, *base::IpAddress::parse("192.0.2.1"));
    EXPECT_FALSE(asked->resume) << query;
    EXPECT_FALSE(asked->confirms);
    EXPECT_EQ(asked->subprotocol, "");
  }
}

TEST(WebSocketRequestTest, FingerprintsBecomeCanonical) {
  std::string with_colons, plain;
  for (int i = 0; i < 32; ++i) {
    with_colons += i == 0 ? "aB" : "%3AaB";
    plain += "aB";
  }
  for (const auto& fp : {with_colons, plain}) {
    const auto asked = read("fp=" + fp);
    ASSERT_TRUE(asked) << fp;
    EXPECT_EQ(asked->showing.fingerprint.substr(0, 4), "ABAB");
    EXPECT_EQ(asked->showing.fingerprint.size(), 64u);
  }
  for (const auto& fp : {std::string("12"), plain + "ab", plain.substr(1) + "g", std::string("%FF")})
    expect_refused("fp=" + fp, "fp");
}

TEST(WebSocketRequestTest, NamesAndKindsAreTextOfSomeLength) {
  for (const std::string parameter : {"name", "kind"}) {
    for (const auto& value : {kLongest, std::string("M%C3%BCsli+2"), std::string("%F0%9F%98%80")})
      EXPECT_TRUE(read(parameter + "=" + value)) << value;
    for (const std::string& value :
         {kTooLong, std::string("%FF"), std::string("M%FCsli"), std::string("\xfc"), std::string("%C3"),
          std::string("%ED%A0%80"), std::string("%C0%80")})
      expect_refused(parameter + "=" + value, parameter);
  }
}

TEST(WebSocketRequestTest, ResumesAfterTheFrameThatWasSeen) {
  const std::string session = "session=" + std::string(kSession);
  const struct {
    std::string_view text;
    uint64_t number;
  } cases[] = {{"0", 0},
               {"1", 1},
               {"007", 7},
               {"4294967296", 4294967296},
               {"18446744073709551615", 18446744073709551615u}};
  for (const auto& test : cases) {
    const auto asked = read(session + "&last_seq=" + std::string(test.text));
    ASSERT_TRUE(asked && asked->resume) << test.text;
    EXPECT_EQ(asked->resume->session, kSession);
    EXPECT_EQ(asked->resume->last_seq, test.number);
  }
}

// Read as 0, each of these would repeat what has arrived.
TEST(WebSocketRequestTest, ALastSeqThatIsNoNumberIsRefused) {
  const std::string session = "session=" + std::string(kSession);
  for (const std::string text :
       {"", "abc", "-1", "%2B1", "+1", "1+", "1.0", "1e3", "0x10", "5abc", "NaN", "null", "undefined",
        "%EF%BC%91", "18446744073709551616", "99999999999999999999"})
    expect_refused(session + "&last_seq=" + text, "last_seq");
  expect_refused(session, "last_seq");
  expect_refused(session + "&last_seq=abc&last_seq=1", "last_seq");
  EXPECT_TRUE(read("last_seq=abc"));  // there is nothing that it could spoil
}

// Another server's perhaps, or of a version to come: a fresh session begins.
TEST(WebSocketRequestTest, ASessionMayBeAnyTextOfSomeLength) {
  for (const auto& session : {kLongest, std::string("abc"), std::string("%C3%BC")}) {
    const auto asked = read("last_seq=1&session=" + session);
    EXPECT_TRUE(asked && asked->resume) << session;
  }
  for (const auto& session : {kTooLong, std::string("%FF"), std::string("abc%C3")})
    expect_refused("last_seq=1&session=" + session, "session");
}

TEST(WebSocketRequestTest, ConfirmsOrDoesNot) {
  EXPECT_TRUE(read("confirm=1")->confirms);
  EXPECT_FALSE(read("confirm=0")->confirms);
  for (const std::string_view query :
       {"confirm", "confirm=", "confirm=true", "confirm=2", "confirm=1+", "confirm=01"})
    expect_refused(query, "confirm");
}

// As if it were absent, `fp` would not be bound and `session` not resumed, and nobody would know.
TEST(WebSocketRequestTest, ABrokenEscapeAnywhereIsRefused) {
  for (const std::string_view query :
       {"fp=%", "fp=%4", "session=%zz", "name=100%&confirm=1", "%=1", "x=%00"}) {
    const auto asked = read(query);
    ASSERT_FALSE(asked) << query;
    EXPECT_TRUE(asked.error().text.starts_with("the URL has a %")) << query;
  }
}

TEST(WebSocketRequestTest, TheTokenIsThatOfAuthorizationOrOfASubprotocol) {
  const struct {
    std::string_view authorization, protocols, token, chosen;
  } cases[] = {
      {"Bearer ibx_a", "", "ibx_a", ""},
      {"bearer  ibx_a ", "icebox.v1", "ibx_a", "icebox.v1"},
      {"", "icebox.v1, icebox.token.ibx_b", "ibx_b", "icebox.v1"},
      {"", "icebox.token.ibx_b,icebox.token.ibx_c", "ibx_b", ""},
      {"Bearer ibx_a", "icebox.token.ibx_b, other, icebox.v1", "ibx_a", "icebox.v1"},
      {"Basic YTpi", "icebox.token.ibx_b", "ibx_b", ""},
      {"", "icebox.token.", "", ""},
      {"", "icebox.token, icebox.v2, Icebox.v1", "", ""},
      {"Bearer \xff", "", "\xff", ""},  // nobody's, as any other that we do not know
  };
  for (const auto& test : cases) {
    auto request = request_of("token=ibx_d");  // URLs are logged on the way: none is taken from there
    if (!test.authorization.empty()) request.headers.add("Authorization", std::string(test.authorization));
    if (!test.protocols.empty()) request.headers.add("Sec-WebSocket-Protocol", std::string(test.protocols));
    const auto asked = read_websocket_request(request);
    ASSERT_TRUE(asked) << test.authorization << test.protocols;
    EXPECT_EQ(asked->showing.token, test.token) << test.authorization << test.protocols;
    EXPECT_EQ(asked->subprotocol, test.chosen) << test.authorization << test.protocols;
  }
}

TEST(WebSocketRequestTest, RefusalsEchoNothing) {
  for (const std::string query : {"fp=s3cr3t", "name=s3cr3t%FF", "kind=s3cr3t%FF", "session=s3cr3t%FF",
                                  "session=s3cr3t&last_seq=s3cr3t", "confirm=s3cr3t", "x=s3cr3t%"}) {
    auto request = request_of(query);
    request.headers.add("Authorization", "Bearer s3cr3t");
    const auto asked = read_websocket_request(request);
    ASSERT_FALSE(asked) << query;
    EXPECT_EQ(asked.error().text.find("s3cr3t"), std::string::npos) << query;
  }
}

TEST(PeerJsRequestTest, WantsIdTokenAndKey) {
  const auto asked = read_peerjs_request(request_of("key=peerjs&id=M%C3%BCsli+2&token=t&version=1.5.5"));
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->id, "M\u00fcsli 2");
  EXPECT_EQ(asked->token, "t");
  EXPECT_EQ(asked->key, "peerjs");
  EXPECT_TRUE(read_peerjs_request(request_of("key=%FF&id=" + kLongest + "&token=" + kLongest)));
}

TEST(PeerJsRequestTest, TellsTheClientWhatItLacks) {
  constexpr std::string_view kIncomplete = "No id, token, or key supplied to websocket server";
  constexpr std::string_view kBadEscape = "A % in the id, the token or the key must be written as %25";
  constexpr std::string_view kBadName = "The id and the token must be UTF-8 of at most 256 octets";
  const std::pair<std::string, std::string_view> cases[] = {
      {"", kIncomplete},
      {"id=a&token=t", kIncomplete},
      {"key=k&token=t", kIncomplete},
      {"key=k&id=a", kIncomplete},
      {"key=k&id=&token=t", kIncomplete},
      {"key=k&id=a&token=50%off", kBadEscape},
      {"key=k&id=%FF&token=t", kBadName},
      {"key=k&id=a&token=%FF", kBadName},
      {"key=k&token=t&id=" + kTooLong, kBadName},
      {"key=k&id=a&token=" + kTooLong, kBadName},
  };
  for (const auto& [query, text] : cases) {
    const auto asked = read_peerjs_request(request_of(query));
    ASSERT_FALSE(asked) << query;
    EXPECT_EQ(asked.error(), text) << query;
  }
}

TEST(PeerJsPathTest, KnowsThePagesUnderBothPathsOfAClient) {
  const struct {
    std::string_view path;
    PeerJsPage page;
    std::string_view key;
  } cases[] = {
      {"/peerjs", PeerJsPage::kInfo, ""},         {"/peerjs/", PeerJsPage::kInfo, ""},
      {"/peerjs/id", PeerJsPage::kId, "peerjs"},  {"/peerjs/peers", PeerJsPage::kPeers, "peerjs"},
      {"/peerjs/key/id", PeerJsPage::kId, "key"}, {"/peerjs/key/peers", PeerJsPage::kPeers, "key"},
      {"/peerjs/a/b/id", PeerJsPage::kId, "a/b"}, {"/peerjs//id", PeerJsPage::kId, ""},
      {"/peerjs/id/id", PeerJsPage::kId, "id"},   {"/peerjs/\xff/peers", PeerJsPage::kPeers, "\xff"},
  };
  for (const auto& test : cases) {
    const auto asked = read_peerjs_path(test.path);
    ASSERT_TRUE(asked) << test.path;
    EXPECT_EQ(asked->page, test.page) << test.path;
    EXPECT_EQ(asked->key, test.key) << test.path;
  }
  for (const std::string_view path :
       {"", "/", "id", "/id", "peerjs/id", "/peerjsx", "/peerjsx/id", "/peerjs/x", "/peerjs/peerjs",
        "/peerjs/id/", "/peerjs/key/ids", "/PeerJS/id"})
    EXPECT_FALSE(read_peerjs_path(path)) << path;
}

TEST(ReceiverIdTest, IsTextOfSomeLength) {
  for (const auto& [query, id] : {std::pair<std::string, std::string>{"id=answer-peer-1", "answer-peer-1"},
                                  {"x=1&id=M%C3%BCsli+2&id=b", "M\u00fcsli 2"},
                                  {"id=" + kLongest, kLongest}})
    EXPECT_EQ(read_receiver_id(request_of(query)), id) << query;
}

TEST(ReceiverIdTest, IsRefusedWithWhatIsWrong) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "missing"},
      {"id", "missing"},
      {"id=", "missing"},
      {"ID=a", "missing"},
      {"id=%FF", "UTF-8"},
      {"id=a%C3", "UTF-8"},
      {"id=" + kTooLong, "256"},
      {"id=%zz", "encodeURIComponent"},
      {"id=a%00", "encodeURIComponent"},
  };
  for (const auto& [query, word] : cases) {
    const auto id = read_receiver_id(request_of(query));
    ASSERT_FALSE(id) << query;
    EXPECT_EQ(id.error().code, 400) << query;
    EXPECT_NE(id.error().text.find(word), std::string::npos) << query << id.error().text;
  }
}

}  // namespace
}  // namespace signaling::dialects
