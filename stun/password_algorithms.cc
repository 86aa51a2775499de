#include "stun/password_algorithms.h"

#include <algorithm>

namespace stun {
namespace {

bool is_known(uint16_t algorithm) {
  return algorithm == static_cast<uint16_t>(PasswordAlgorithm::kMd5) ||
         algorithm == static_cast<uint16_t>(PasswordAlgorithm::kSha256);
}

}  // namespace

std::optional<PasswordAlgorithm> parse_password_algorithm(base::Bytes value) {
  if (value.size() != 4) return std::nullopt;
  const uint16_t algorithm = base::load_be16(value.data());
  const uint16_t parameter_bytes = base::load_be16(value.data() + 2);
  if (!is_known(algorithm) || parameter_bytes != 0) return std::nullopt;
  return PasswordAlgorithm{algorithm};
}

std::array<uint8_t, 4> password_algorithm_value(PasswordAlgorithm algorithm) {
  std::array<uint8_t, 4> value{};
  base::store_be16(value.data(), static_cast<uint16_t>(algorithm));
  return value;
}

std::optional<PasswordAlgorithm> first_known_algorithm(base::Bytes list) {
  while (list.size() >= 4) {
    const uint16_t algorithm = base::load_be16(list.data());
    const size_t parameter_bytes = base::load_be16(list.data() + 2);
    if (is_known(algorithm) && parameter_bytes == 0) return PasswordAlgorithm{algorithm};
    const size_t entry_bytes = 4 + base::padded_to_4(parameter_bytes);
    if (entry_bytes > list.size()) return std::nullopt;
    list = list.subspan(entry_bytes);
  }
  return std::nullopt;
}

std::expected<PasswordAlgorithm, AlgorithmFault> chosen_password_algorithm(const Message& request) {
  const Attribute* list = request.find(AttributeType::kPasswordAlgorithms);
  const Attribute* choice = request.find(AttributeType::kPasswordAlgorithm);
  if (list == nullptr && choice == nullptr) return PasswordAlgorithm::kMd5;
  if (list == nullptr || choice == nullptr) return std::unexpected(AlgorithmFault::kOneWithoutTheOther);
  if (!std::ranges::equal(list->value, kOfferedPasswordAlgorithms)) {
    return std::unexpected(AlgorithmFault::kListAltered);
  }
  const auto algorithm = parse_password_algorithm(choice->value);
  if (!algorithm) return std::unexpected(AlgorithmFault::kNotOffered);
  return *algorithm;
}

}  // namespace stun
