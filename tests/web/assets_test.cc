#include "web/assets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> all_matches(std::string_view text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::cregex_iterator i(text.data(), text.data() + text.size(), regex), end; i != end; ++i)
    found.push_back((*i)[1].str());
  return found;
}

std::string base64_of_sha256(std::string_view text) {
  std::array<unsigned char, 32> hash{};
  EVP_Digest(text.data(), text.size(), hash.data(), nullptr, EVP_sha256(), nullptr);
  std::array<unsigned char, 45> base64{};
  EVP_EncodeBlock(base64.data(), hash.data(), hash.size());
  return {base64.begin(), base64.end() - 1};
}

// What the page names, by attribute: src and href.
std::vector<std::string> files_of_page() {
  auto names = all_matches(web::find("/")->bytes, R"re(\s(?:src|href)="([^"#]+)")re");
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

const web::Asset& file_of_page(const std::string& extension) {
  for (const auto& name : files_of_page())
    if (name.ends_with(extension)) return *web::find("/" + name);
  throw std::logic_error("the page names no " + extension);
}

TEST(AssetsTest, OneLoadOfThePageIsFourRequests) {
  EXPECT_THAT(files_of_page(), UnorderedElementsAre(MatchesRegex("demo-[0-9a-f]{16}\\.css"),
                                                    MatchesRegex("demo-[0-9a-f]{16}\\.js"),
                                                    MatchesRegex("icon-[0-9a-f]{16}\\.svg")));
  EXPECT_EQ(web::all().size(), 5U) << "the page, its three files, the client for other sites";
}

TEST(AssetsTest, WhatThePageNamesIsThereAndBearsItsContentInItsName) {
  for (const auto& name : files_of_page()) {
    const auto* asset = web::find("/" + name);
    ASSERT_NE(asset, nullptr) << name;
    EXPECT_TRUE(asset->is_versioned) << name;
    EXPECT_THAT(name, HasSubstr("-" + std::string(asset->etag.substr(1, 16)))) << name;
  }
  EXPECT_FALSE(web::find("/")->is_versioned);
  EXPECT_FALSE(web::find("/client/index.js")->is_versioned) << "pages of other sites know it by this name";
}

// Behind a proxy the page may be in a folder.
TEST(AssetsTest, NothingIsNamedFromTheRoot) {
  EXPECT_THAT(all_matches(web::find("/")->bytes, R"re(((?:src|href)="/[^"]*"))re"), IsEmpty());
  for (const auto& asset : web::all()) {
    if (asset.path.ends_with(".js")) {
      EXPECT_THAT(all_matches(asset.bytes, R"re((["'`]/(?:api|ws|client|icon|demo)\b[^"'`]*))re"), IsEmpty())
          << asset.path;
    }
  }
}

TEST(AssetsTest, StylesAndPicturesAreTheFilesOctetForOctet) {
  EXPECT_EQ(file_of_page(".css").bytes, read("web/pages/demo.css"));
  EXPECT_EQ(file_of_page(".svg").bytes, read("web/pages/icon.svg"));
}

TEST(AssetsTest, ScriptsAreWhole) {
  for (const auto* asset : {&file_of_page(".js"), web::find("/client/index.js")})
    EXPECT_THAT(all_matches(asset->bytes, R"((?:^|\n)(import [^\n]*|[^*/\n]*\bimport\([^\n]*))"), IsEmpty())
        << asset->path;
  const std::string client(web::find("/client/index.js")->bytes);
  const auto exports = client.substr(client.rfind("export {"));
  for (const auto* name : {"Call", "Icebox", "IceboxError", "connect", "forget", "prepare", "redeem"})
    EXPECT_THAT(exports, ContainsRegex(std::string("[ ,\n]") + name + "[,\n]"));
}

TEST(AssetsTest, ThePageIsItsSourceWithTheLoaderInIt) {
  std::string page(web::find("/")->bytes);
  page = std::regex_replace(page, std::regex("-[0-9a-f]{16}\\."), ".");
  page =
      std::regex_replace(page, std::regex("<script>[^<]*</script>"), "<script src=\"loader.js\"></script>");
  EXPECT_EQ(page, read("web/pages/index.html"));
}

TEST(AssetsTest, NothingElseIsThere) {
  for (const auto* path : {"", "index.html", "/index.html", "/demo.js", "/loader.js", "/client", "/client/",
                           "/client/package.json", "/client/test/fakes.js", "/../README.md", "//"})
    EXPECT_EQ(web::find(path), nullptr) << path;
}

TEST(AssetsTest, ContentTypesAreThoseThatBrowsersInsistOn) {
  EXPECT_EQ(web::find("/")->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(file_of_page(".css").content_type, "text/css; charset=utf-8");
  EXPECT_EQ(web::find("/client/index.js")->content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(file_of_page(".svg").content_type, "image/svg+xml");
}

TEST(AssetsTest, EtagsAreStrongAndDifferWithTheContent) {
  std::vector<std::string_view> etags;
  for (const auto& asset : web::all()) {
    EXPECT_THAT(asset.etag, AllOf(StartsWith("\""), EndsWith("\"")));
    EXPECT_EQ(asset.etag.size(), 34U);
    etags.push_back(asset.etag);
  }
  std::ranges::sort(etags);
  EXPECT_EQ(std::ranges::adjacent_find(etags), etags.end());
}

TEST(AssetsTest, NothingIsInlineButTheLoaderWhoseHashThePolicyNames) {
  const auto page = web::find("/")->bytes;
  EXPECT_THAT(all_matches(page, R"((<style|\sstyle=|\son[a-z]+=|javascript:))"), IsEmpty());
  const auto inline_scripts = all_matches(page, R"(<script>([^<]*)</script>)");
  ASSERT_THAT(inline_scripts, SizeIs(1));
  EXPECT_THAT(all_matches(web::content_security_policy(), "'sha256-([^']*)'"),
              ElementsAre(base64_of_sha256(inline_scripts[0])));
  EXPECT_THAT(std::string(web::content_security_policy()), Not(ContainsRegex("unsafe|http|\\*")));
}

}  // namespace
