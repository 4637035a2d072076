// What members of groups were told, read and committed, and whether that agrees.
//
// Owns        of each partition a group reads: what commits were tried and acknowledged, and how
//             far it was read; of each group: who was told in which generation that it owns what.
// Does not    use the broker's code or know its requests: it knows what Kafka promises a group.
// Order       the calls come in the order of the events: `asks` and `commits` before a request
//             leaves, the others when its answer has come.
// Generation  counts once its leader was told that its assignment is stored, or a commit of it was
//             acknowledged. Before that another coordinator may begin it again: as Kafka does, one
//             that takes over goes by the end of its log, which may not be replicated yet.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace barnabas::simtest {

using Offsets = std::map<int, std::int64_t>;  // by partition

class GroupChecker {
 public:
  using Report = std::function<void(const std::string&)>;
  explicit GroupChecker(Report report) : report_(std::move(report)) {}

  // Who speaks. `seat`: the static instance, whose next member takes over what the last one owned;
  // for other members the member id again.
  struct Claim {
    std::string group;
    int generation = -1;
    std::string member;
    std::string seat;
  };
  // By partition: what the leader has assigned, once it is stored.
  using Owners = std::map<int, Claim>;
  void stored(const Claim& leader, const Owners& owners);
  // `asked`: events() before the request left.
  void assigned(const Claim& who, const std::vector<int>& partitions, int asked);
  int events() const { return events_; }  // assignments heard so far

  struct Question {
    Claim who;
    // Acknowledged by then, in this generation or an earlier one. None for a static member whose
    // seat another one has: a coordinator that was paused for longer than its session, and has not
    // heard yet that it is none any more, may answer it (as in Kafka), and none takes its commits.
    Offsets known;
  };
  Question asks(const Claim& who) const;
  // -1: that nothing is committed.
  void told(const Question& question, int partition, std::int64_t offset);
  void read(const Claim& who, int partition, std::int64_t from, std::int64_t to);

  struct Attempt {
    Claim who;
    Offsets offsets;
    Offsets known;          // acknowledged by then
    std::string fenced_by;  // who has taken over, in words; empty: nobody had
  };
  Attempt commits(const Claim& who, const Offsets& offsets);
  void acknowledged(const Attempt& attempt, int partition);

  // The greatest one acknowledged, or -1.
  std::int64_t committed(const std::string& group, int partition) const;
  int acknowledgements() const { return acknowledgements_; }
  int generations() const;  // that were stored, of all groups together

 private:
  struct Progress {
    std::map<int, std::int64_t> acknowledged;  // by generation, the greatest
    std::set<std::int64_t> tried;
    std::int64_t read_to = 0;  // everything below was read
    std::int64_t acknowledged_until(int generation) const;
  };
  // The last member on a seat; none if two were told so at a time that leaves their order open.
  struct Sitter {
    std::string member;
    int told = 0;
  };
  struct Group {
    std::map<int, Progress> partitions;
    std::map<int, Owners> stored;                        // by generation
    std::map<int, std::map<std::string, Sitter>> seats;  // by generation
    int latest = -1;                                     // generation that counts
  };
  static bool has_lost_seat(const Group& group, const Claim& who);
  std::string fence(const Claim& who);
  void violation(const Claim& who, const std::string& what) const;

  Report report_;
  std::map<std::string, Group> groups_;
  int acknowledgements_ = 0;
  int events_ = 0;
};

}  // namespace barnabas::simtest
