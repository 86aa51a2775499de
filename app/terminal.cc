#include "app/terminal.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace app {
namespace {

constexpr size_t kUsualColumns = 80;
// Below this nothing is readable, whatever the terminal says.
constexpr size_t kFewestColumns = 40;

}  // namespace

Columns terminal_columns(int descriptor) {
  if (::isatty(descriptor) != 1) return std::nullopt;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return std::max<size_t>(size.ws_col, kFewestColumns);
}

bool is_one_terminal(int descriptor, int other) {
  if (::isatty(descriptor) != 1 || ::isatty(other) != 1) return false;
  struct stat one{};
  struct stat two{};
  return ::fstat(descriptor, &one) == 0 && ::fstat(other, &two) == 0 && one.st_rdev == two.st_rdev;
}

}  // namespace app
