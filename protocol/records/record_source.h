// What a RecordReader reads from: one implementation for magic 2, one for magic 0 and 1.
#pragma once

#include "protocol/records/record_reader.h"

namespace barnabas::records {

inline std::unexpected<RecordFault> fail(RecordFault::Kind kind, const char* text) {
  return std::unexpected(RecordFault{kind, text});
}

class RecordReader::Source {
 public:
  using Next = std::expected<const Record*, RecordFault>;
  virtual ~Source() = default;
  Next next();  // remembers a fault

 private:
  virtual Next read() = 0;
  std::optional<RecordFault> fault_;
};

}  // namespace barnabas::records
