#include "app/qr.h"

#include <qrencode.h>

#include <memory>

namespace app {
namespace {

constexpr int kQuietModules = 4;  // ISO/IEC 18004

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// The modules with the quiet zone around them.
class Modules {
 public:
  explicit Modules(std::unique_ptr<QRcode, FreeCode> code) : code_(std::move(code)) {}

  [[nodiscard]] int width() const { return code_->width + 2 * kQuietModules; }
  [[nodiscard]] bool is_dark(int x, int y) const {
    x -= kQuietModules;
    y -= kQuietModules;
    if (x < 0 || y < 0 || x >= code_->width || y >= code_->width) return false;
    return (code_->data[y * code_->width + x] & 1) != 0;
  }

 private:
  std::unique_ptr<QRcode, FreeCode> code_;
};

std::optional<Modules> encode(std::string_view text) {
  std::unique_ptr<QRcode, FreeCode> code(
      QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()),
                        /*version=*/0, QR_ECLEVEL_M));
  if (!code) return std::nullopt;
  return Modules(std::move(code));
}

// What of two modules above each other is painted.
std::string_view half_blocks(bool upper, bool lower) {
  if (upper && lower) return "█";
  if (upper) return "▀";
  return lower ? "▄" : " ";
}

}  // namespace

std::optional<std::string> qr_for_terminal(std::string_view text, QrColours colours) {
  const auto modules = encode(text);
  if (!modules) return std::nullopt;
  const bool ansi = colours == QrColours::kAnsi;
  std::string lines;
  for (int y = 0; y < modules->width(); y += 2) {
    if (ansi) lines += "\033[38;5;16;48;5;231m";
    for (int x = 0; x < modules->width(); ++x) {
      // The width is odd: the half line below the last belongs to the quiet zone.
      const bool upper = modules->is_dark(x, y), lower = modules->is_dark(x, y + 1);
      lines += ansi ? half_blocks(upper, lower) : half_blocks(!upper, !lower);
    }
    lines += ansi ? "\033[0m\n" : "\n";
  }
  return lines;
}

std::optional<std::string> qr_as_svg(std::string_view text) {
  const auto modules = encode(text);
  if (!modules) return std::nullopt;
  const auto width = std::to_string(modules->width());
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + width + " " + width +
                    "\" shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"QR code\"><rect width=\"" +
                    width + "\" height=\"" + width + "\" fill=\"#fff\"/><path fill=\"#000\" d=\"";
  for (int y = 0; y < modules->width(); ++y) {
    for (int x = 0; x < modules->width(); ++x) {
      if (!modules->is_dark(x, y)) continue;
      int end = x + 1;
      while (modules->is_dark(end, y)) ++end;
      svg += "M" + std::to_string(x) + " " + std::to_string(y) + "h" + std::to_string(end - x) + "v1H" +
             std::to_string(x) + "z";
      x = end;
    }
  }
  return svg + "\"/></svg>";
}

}  // namespace app
