#include "bench/generator/hub/letters.h"

#include "bench/generator/hub/text_stamp.h"

namespace bench::generator::hub {

Letters::Letters(const Wire& wire, size_t clients, size_t payload_bytes)
    : wire_(wire), payload_(payload_bytes, '\0'), flows_(clients) {
  fill_text(payload_);
  for (uint32_t client = 0; client < clients; ++client) flows_[client].head = wire.message_head(client);
}

std::string_view Letters::write(uint32_t client, uint64_t sequence, base::TimePoint intended,
                                std::optional<uint64_t> id) {
  write_text_stamp(payload_, {client, sequence, intended});
  text_.assign(flows_[client].head).append(payload_).append(wire_.message_tail(id));
  return text_;
}

void Letters::count(uint32_t client, std::string_view text, base::TimePoint now) {
  ++received_;
  const auto stamp = find_text_stamp(text, payload_.size());
  if (!stamp || stamp->flow >= flows_.size()) {
    ++corrupt_;
    return;
  }
  misdelivered_ += (stamp->flow ^ 1) != client;
  flows_[stamp->flow].tally.receive(stamp->sequence);
  latency_.record(now - stamp->intended);
}

Letters::Sums Letters::sums() const {
  Sums sums{.misdelivered = misdelivered_, .corrupt = corrupt_};
  for (const auto& flow : flows_) {
    sums.delivered += flow.tally.delivered();
    sums.duplicates += flow.tally.duplicates();
    sums.reordered += flow.tally.reordered();
  }
  return sums;
}

}  // namespace bench::generator::hub
