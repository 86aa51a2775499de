#include "web/assets.h"

#include <algorithm>

namespace web {

const Asset* find(std::string_view path) {
  const auto assets = all();
  const auto found = std::ranges::lower_bound(assets, path, {}, &Asset::path);
  return found != assets.end() && found->path == path ? &*found : nullptr;
}

}  // namespace web
