#include "app/wrap.h"

#include <algorithm>

namespace app {
namespace {

constexpr Indents kFinding{.first = "  ! ", .further = "    "};
constexpr std::string_view kCommandIndent = "      ";
constexpr std::string_view kBeforeCommand = "run: ";

struct Word {
  std::string_view gap;  // the spaces before it
  std::string_view word;
};

// Takes the first word off `text`, which is not empty.
Word take_word(std::string_view& text) {
  const size_t start = std::min(text.find_first_not_of(' '), text.size());
  const size_t end = std::min(text.find(' ', start), text.size());
  const Word taken{text.substr(0, start), text.substr(start, end - start)};
  text.remove_prefix(end);
  return taken;
}

}  // namespace

std::string wrapped(std::string_view text, const Indents& indents, Columns columns) {
  std::string lines;
  std::string line(indents.first);
  if (!columns) return line.append(text) + "\n";
  bool is_empty = true;
  while (!text.empty()) {
    const auto [gap, word] = take_word(text);
    if (!is_empty && line.size() + gap.size() + word.size() > *columns) {
      lines += line + "\n";
      line = indents.further;
      is_empty = true;
    }
    if (!is_empty) line += gap;
    line += word;
    is_empty = false;
  }
  return lines + line + "\n";
}

std::string wrapped_finding(std::string_view text, Columns columns) {
  const size_t at = columns ? text.find(kBeforeCommand) : std::string_view::npos;
  if (at == std::string_view::npos) return wrapped(text, kFinding, columns);
  const size_t command = at + kBeforeCommand.size();
  return wrapped(text.substr(0, command - 1), kFinding, columns)
      .append(kCommandIndent)
      .append(text.substr(command))
      .append("\n");
}

}  // namespace app
