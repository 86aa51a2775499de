// The payload of a test message: a stamp (stamp.h) as text, which passes through JSON unchanged, and a
// filling.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "bench/generator/stamp.h"

namespace bench::generator::hub {

// Mark, flow, sequence and time, in hexadecimal digits.
inline constexpr size_t kTextStampBytes = 8 + 8 + 16 + 16;

// `payload` has kTextStampBytes or more. The filling is written once; stamping leaves it alone.
void fill_text(std::span<char> payload);
void write_text_stamp(std::span<char> payload, const Stamp& stamp);

// The payload of `payload_bytes` octets that stands somewhere in `text`. nullopt: none, or it is not what was
// sent.
[[nodiscard]] std::optional<Stamp> find_text_stamp(std::string_view text, size_t payload_bytes);
// Whether `text` has the mark of one at all.
[[nodiscard]] bool has_text_stamp(std::string_view text);

}  // namespace bench::generator::hub
