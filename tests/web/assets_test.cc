#include "web/assets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::IsEmpty;
using testing::StartsWith;

std::string read(const std::filesystem::path& path) {
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

bool is_html(const web::Asset& asset) { return asset.content_type.starts_with("text/html"); }

TEST(AssetsTest, EveryFileIsThereOctetForOctet) {
  size_t files = 0;
  for (const auto& [folder, prefix] : {std::pair{"web/pages", "/"}, std::pair{"web/client", "/client/"}}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      const std::string extension = entry.path().extension();
      const bool is_embedded = extension == ".js" || (prefix == std::string("/") && entry.is_regular_file());
      if (!is_embedded) continue;
      ++files;
      const std::string path =
          name == "index.html" ? "/" : prefix + (extension == ".html" ? entry.path().stem().string() : name);
      const auto* asset = web::find(path);
      ASSERT_NE(asset, nullptr) << path;
      EXPECT_EQ(asset->bytes, read(entry.path())) << path;
    }
  }
  EXPECT_EQ(web::all().size(), files);
}

TEST(AssetsTest, NothingElseIsThere) {
  for (const auto* path : {"", "index.html", "/index.html", "/client", "/client/", "/client/package.json",
                           "/client/test/fakes.js", "/../README.md", "//"})
    EXPECT_EQ(web::find(path), nullptr) << path;
}

TEST(AssetsTest, ContentTypesAreThoseThatBrowsersInsistOn) {
  EXPECT_EQ(web::find("/")->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(web::find("/demo.css")->content_type, "text/css; charset=utf-8");
  EXPECT_EQ(web::find("/client/index.js")->content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(web::find("/icon.svg")->content_type, "image/svg+xml");
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

TEST(AssetsTest, PagesKeepTheContentSecurityPolicy) {
  for (const auto& page : web::all()) {
    if (!is_html(page)) continue;
    EXPECT_THAT(all_matches(page.bytes, R"((<style|\sstyle=|\son[a-z]+=|javascript:))"), IsEmpty())
        << page.path;
    EXPECT_THAT(all_matches(page.bytes, R"((<script(?![^>]*\ssrc="/)[^>]*>))"), IsEmpty()) << page.path;
  }
}

TEST(AssetsTest, WhatPagesAndModulesNameIsThere) {
  size_t links = 0;
  for (const auto& asset : web::all()) {
    std::vector<std::string> named;
    if (is_html(asset)) named = all_matches(asset.bytes, R"re((?:src|href)="([^"#]+)")re");
    if (asset.path.ends_with(".js"))
      named = all_matches(asset.bytes, R"(\n(?:import|export) [^;]*from '([^']+)')");
    const auto folder = asset.path.substr(0, asset.path.rfind('/') + 1);
    for (const auto& name : named) {
      ++links;
      const auto path = name.starts_with("./") ? std::string(folder) + name.substr(2) : name;
      EXPECT_NE(web::find(path), nullptr) << asset.path << " names " << name;
    }
  }
  EXPECT_GT(links, 30U);
}

}  // namespace
