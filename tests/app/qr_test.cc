// The codes are read back by a scanner's library from what a camera would see.
#include "app/qr.h"

#include <gtest/gtest.h>
#include <zbar.h>

#include <cstdlib>
#include <vector>

namespace app {
namespace {

constexpr std::string_view kLink =
    "https://icebox.example.org:8443/#invite=ibx_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
constexpr unsigned kPixelsPerModule = 4;
using Picture = std::vector<std::vector<bool>>;  // true: dark; by line

std::string scan(const Picture& picture) {
  const auto width = static_cast<unsigned>(picture[0].size()) * kPixelsPerModule;
  const auto height = static_cast<unsigned>(picture.size()) * kPixelsPerModule;
  std::vector<unsigned char> grey(size_t{width} * height, 255);
  for (unsigned y = 0; y < height; ++y) {
    for (unsigned x = 0; x < width; ++x) {
      if (picture[y / kPixelsPerModule][x / kPixelsPerModule]) grey[size_t{y} * width + x] = 0;
    }
  }
  zbar::ImageScanner scanner;
  zbar::Image image(width, height, "Y800", grey.data(), grey.size());
  if (scanner.scan(image) != 1) return "nothing readable";
  return image.symbol_begin()->get_data();
}

// What a terminal shows, `dark_paint`: blocks are dark, as with kAnsi.
Picture seen_on_terminal(std::string_view lines, bool dark_paint) {
  Picture picture;
  std::vector<bool> upper, lower;
  const auto add = [&](bool up, bool low) {
    upper.push_back(up == dark_paint);
    lower.push_back(low == dark_paint);
  };
  while (!lines.empty()) {
    size_t length = 3;
    if (lines.starts_with("█")) {
      add(true, true);
    } else if (lines.starts_with("▀")) {
      add(true, false);
    } else if (lines.starts_with("▄")) {
      add(false, true);
    } else if (lines[0] == '\033') {
      length = lines.find('m') + 1;
    } else {
      length = 1;
      if (lines[0] == ' ') {
        add(false, false);
      } else {
        EXPECT_EQ(lines[0], '\n');
        picture.push_back(std::exchange(upper, {}));
        picture.push_back(std::exchange(lower, {}));
      }
    }
    lines.remove_prefix(length);
  }
  return picture;
}

Picture seen_in_svg(const std::string& svg) {
  const auto number_after = [&](const std::string& mark, size_t from) {
    return static_cast<size_t>(std::atoi(svg.c_str() + svg.find(mark, from) + mark.size()));
  };
  const size_t width = number_after("viewBox=\"0 0 ", 0);
  Picture picture(width, std::vector<bool>(width, false));
  for (size_t at = svg.find(" d=\""); (at = svg.find('M', at)) != std::string::npos; ++at) {
    const size_t x = number_after("M", at), y = number_after(" ", at), run = number_after("h", at);
    for (size_t i = x; i < x + run; ++i) picture.at(y).at(i) = true;
  }
  return picture;
}

TEST(QrTest, TerminalAndSvgAreReadableByAScanner) {
  EXPECT_EQ(scan(seen_on_terminal(*qr_for_terminal(kLink, QrColours::kAnsi), true)), kLink);
  EXPECT_EQ(scan(seen_on_terminal(*qr_for_terminal(kLink, QrColours::kPlain), false)), kLink);
  EXPECT_EQ(scan(seen_in_svg(*qr_as_svg(kLink))), kLink);
}

TEST(QrTest, FitsATerminalOfEightyColumns) {
  const auto lines = *qr_for_terminal(kLink, QrColours::kPlain);
  const auto first = lines.substr(0, lines.find('\n'));
  EXPECT_LE(first.size() / 3, 60u);  // a half block is three octets; the quiet zone has no spaces
}

TEST(QrTest, WhatIsTooLongOrEmptyGivesNone) {
  EXPECT_TRUE(qr_as_svg(std::string(2331, 'x')));
  EXPECT_FALSE(qr_as_svg(std::string(2332, 'x')));
  EXPECT_FALSE(qr_for_terminal(std::string(5000, 'x'), QrColours::kPlain));
  EXPECT_FALSE(qr_as_svg(""));
}

}  // namespace
}  // namespace app
