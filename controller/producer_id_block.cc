#include "controller/producer_id_block.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "zk/paths.h"

namespace barnabas::controller {
namespace {

// Null data: no block was ever taken. Nothing if the data makes no sense or all ids are gone.
std::optional<std::int64_t> first_after(const zk::Data& data) {
  if (!data) return 0;
  const auto last = zk::ProducerIdBlock::decode(*data);
  if (!last) return std::nullopt;
  const auto limit = std::numeric_limits<std::int64_t>::max() - kProducerIdBlockSize;
  if (last->last.value > limit) return std::nullopt;
  return last->last.value + 1;
}

}  // namespace

env::Task<std::expected<zk::ProducerIdBlock, zk::Error>> take_producer_id_block(zk::Client* client,
                                                                                BrokerId self) {
  for (;;) {
    zk::Request read = zk::GetData{zk::paths::kProducerIdBlock};
    const zk::Outcome found = co_await client->submit_one(std::move(read));
    if (!found) co_return std::unexpected(found.error().error);
    const std::optional<std::int64_t> first = first_after(found->data);
    if (!first) co_return std::unexpected(zk::Error::kMarshallingError);

    const zk::ProducerIdBlock mine{self, ProducerId{*first},
                                   ProducerId{*first + kProducerIdBlockSize - 1}};
    zk::Request write =
        zk::SetData{zk::paths::kProducerIdBlock, mine.encode(), found->stat.version};
    const zk::Outcome written = co_await client->submit_one(std::move(write));
    if (written) co_return mine;
    if (written.error().error != zk::Error::kBadVersion) {
      co_return std::unexpected(written.error().error);
    }
  }
}

}  // namespace barnabas::controller
