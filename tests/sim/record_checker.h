// What producers sent, what brokers acknowledged and showed, and whether the two agree.
//
// Owns        every batch sent, as bytes, and every place in a log where one was seen.
// Does not    use the broker's code: it knows the layout of a record batch, and Kafka's promises.
// Generation  of a partition: how many power losses may have cut its log so far. What was seen in a
//             generation stays as it was seen for as long as that generation lasts; a power loss
//             may take a tail, whole batches, never something in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "protocol/types.h"

namespace barnabas::simtest {

using BatchNumber = std::size_t;
using Bytes = std::span<const std::byte>;

class RecordChecker {
 public:
  using Report = std::function<void(const std::string&)>;
  explicit RecordChecker(Report report) : report_(std::move(report)) {}

  // From the moment a request left until its answer came, in generations of its partition.
  struct Window {
    int sent = 0;
    int answered = 0;
  };

  // Before the first attempt. `batch` as in the request.
  BatchNumber sent(const TopicPartition& tp, Bytes batch);
  void acknowledged(BatchNumber batch, std::int64_t base_offset, Window window);
  // The broker said that it did not append it, and nobody will try again.
  void refused(BatchNumber batch) { batches_[batch].refused = true; }
  // Part of a log, from a fetch.
  void read(const TopicPartition& tp, Bytes records, Window window);
  // All of a log, from offset 0, while nothing else happens.
  void read_all(const TopicPartition& tp, Bytes records, std::int64_t end, int generation);

  int count(BatchNumber batch) const { return static_cast<int>(batches_[batch].count); }
  std::size_t batches_sent() const { return batches_.size(); }
  std::size_t places_seen() const;

 private:
  struct Batch {
    TopicPartition tp;
    std::int64_t count = 0;
    bool refused = false;
  };
  // A batch in a log. It was there at some moment between the two generations.
  struct Place {
    BatchNumber batch = 0;
    std::int64_t base = 0;
    Window window;
    bool acknowledged = false;
  };
  struct Found {
    BatchNumber batch = 0;
    std::int64_t base = 0;
  };

  std::vector<Found> parse(const TopicPartition& tp, Bytes records);
  void note(const TopicPartition& tp, Place place);
  bool excludes(const Place& a, const Place& b) const;
  void check_present(const TopicPartition& tp, const std::vector<Found>& log, int generation);
  std::string describe(const TopicPartition& tp, const Place& place) const;

  Report report_;
  std::vector<Batch> batches_;
  std::map<std::string, BatchNumber, std::less<>> by_content_;
  std::map<TopicPartition, std::vector<Place>> places_;
};

}  // namespace barnabas::simtest
