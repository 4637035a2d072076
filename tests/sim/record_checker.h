// What producers sent, what brokers acknowledged and showed, and whether the two agree.
//
// Owns        every batch sent, as bytes, and every place in a log where one was seen.
// Does not    use the broker's code: it knows the layout of a record batch, and Kafka's promises.
// Generation  of a partition: how many power losses may have cut its log so far. What was seen in a
//             generation stays as it was seen for as long as that generation lasts; a power loss
//             may take a tail, whole batches, never something in between.
// Deletion    takes what is below an offset that somebody asked to delete before, and nothing else.
//             A producer whose records are gone may be forgotten, and its retries be new.
// Incarnation of a topic: what was answered to one is never seen in another of the same name. What
//             was never answered may have been on its way until there was another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tests/sim/topics.h"

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
  BatchNumber sent(const TopicIdPartition& of, Bytes batch);
  void acknowledged(BatchNumber batch, std::int64_t base_offset, Window window);
  // Around each attempt: what was never answered may be appended at any time.
  void tried(BatchNumber batch) { ++batches_[batch].unanswered; }
  void answered(BatchNumber batch) { --batches_[batch].unanswered; }
  // The broker said that it did not append it, and nobody will try again.
  void refused(BatchNumber batch) { batches_[batch].refused = true; }
  // Before the request: records below `offset` may go. It names no incarnation.
  void deletes(const TopicPartition& tp, std::int64_t offset);
  std::int64_t deletable_below(const TopicIdPartition& of) const;
  // Part of a log, from a fetch.
  void read(const TopicIdPartition& of, Bytes records, Window window);
  struct Range {
    std::int64_t start = 0;
    std::int64_t end = 0;
  };
  // All of a log, while nothing else happens.
  void read_all(const TopicIdPartition& of, Bytes records, Range range, int generation);

  // Where the log began when all of it was read last.
  std::int64_t log_start(const TopicIdPartition& of) const;

  int count(BatchNumber batch) const { return static_cast<int>(batches_[batch].count); }
  std::size_t batches_sent() const { return batches_.size(); }
  std::size_t places_seen() const;

 private:
  struct Batch {
    TopicIdPartition of;
    std::int64_t count = 0;
    int unanswered = 0;
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

  std::vector<Found> parse(const TopicIdPartition& of, Bytes records);
  void note(const TopicIdPartition& of, Place place);
  void check_known(const TopicIdPartition& of, std::int64_t base, BatchNumber number) const;
  bool excludes(const TopicIdPartition& of, const Place& a, const Place& b) const;
  std::int64_t end_of(const Place& place) const { return place.base + batches_[place.batch].count; }
  void check_present(const TopicIdPartition& of, const std::vector<Found>& log, std::int64_t start,
                     int generation);
  std::string describe(const TopicIdPartition& of, const Place& place) const;

  Report report_;
  std::vector<Batch> batches_;
  std::map<std::string, BatchNumber, std::less<>> by_content_;
  std::map<TopicIdPartition, std::vector<Place>> places_;
  std::map<TopicIdPartition, std::int64_t> log_starts_;
  std::map<TopicPartition, std::int64_t> deleted_;  // up to where somebody asked
};

}  // namespace barnabas::simtest
