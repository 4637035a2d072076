#include "tools/dump_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "log/index_entry.h"
#include "log/producer_snapshot.h"
#include "protocol/records/record_reader.h"
#include "tools/batch_scan.h"

namespace barnabas::tools {
namespace {

std::string_view file_name(const std::string& path) {
  return std::string_view(path).substr(path.find_last_of('/') + 1);
}

std::string no_such(const std::string& path, const std::error_code& error) {
  return fmt::format("{}: {}", path, error.message());
}

std::expected<std::string, std::string> content(env::Files& files, const std::string& path) {
  auto text = env::read_file(files, path);
  if (!text) return std::unexpected(no_such(path, text.error()));
  return std::move(*text);
}

template <class Entry>
std::vector<Entry> entries_of(const std::string& content) {
  return log::parse_entries<Entry>(std::as_bytes(std::span(content)));
}

struct OpenLog {
  std::shared_ptr<env::File> file;
  std::string path;
  std::uint64_t size = 0;

  BatchScan from(std::int64_t position, std::uint64_t limit) const {
    const auto start =
        std::min(size, static_cast<std::uint64_t>(std::max<std::int64_t>(position, 0)));
    return BatchScan(file, path, start, std::min(size, start + limit));
  }
};

std::expected<OpenLog, std::string> open_log(env::Files& files, const std::string& index) {
  OpenLog log{nullptr, sibling(index, ".log")};
  auto file = files.open(log.path, env::OpenMode::kRead);
  if (!file) return std::unexpected(no_such(log.path, file.error()));
  const auto size = (*file)->size();
  if (!size) return std::unexpected(no_such(log.path, size.error()));
  log.file = std::move(*file);
  log.size = *size;
  return log;
}

// An index file, and the log whose index it is.
struct OpenIndex {
  std::int64_t base = 0;
  OpenLog log;
  std::string bytes;
};

std::expected<OpenIndex, std::string> open_index(env::Files& files, const std::string& path) {
  const auto base = base_offset_of(path);
  if (!base) return std::unexpected(base.error());
  auto log = open_log(files, path);
  if (!log) return std::unexpected(log.error());
  auto bytes = content(files, path);
  if (!bytes) return std::unexpected(bytes.error());
  return OpenIndex{*base, std::move(*log), std::move(*bytes)};
}

std::expected<void, std::string> check_offsets(const std::string& path, std::int64_t base,
                                               std::size_t bytes,
                                               const std::vector<log::OffsetEntry>& entries) {
  if (!entries.empty() && entries.back().relative_offset < 0) {
    return std::unexpected(
        fmt::format("Corrupt index found, index file ({}) has non-zero size but the last offset is "
                    "{} which is less than the base offset {}",
                    path, base + entries.back().relative_offset, base));
  }
  if (bytes % log::OffsetEntry::kSize == 0) return {};
  return std::unexpected(fmt::format(
      "Index file {} is corrupt, found {} bytes which is neither positive nor a multiple of {}",
      path, bytes, log::OffsetEntry::kSize));
}

std::expected<void, std::string> check_times(const std::string& path, std::int64_t base,
                                             std::size_t bytes,
                                             const std::vector<log::TimeEntry>& entries) {
  const auto start =
      fmt::format("Corrupt time index found, time index file ({}) has non-zero size but the", path);
  if (!entries.empty() && entries.back().timestamp < entries.front().timestamp) {
    return std::unexpected(
        fmt::format("{} last timestamp is {} which is less than the first timestamp {}", start,
                    entries.back().timestamp, entries.front().timestamp));
  }
  if (!entries.empty() && entries.back().relative_offset < 0) {
    return std::unexpected(
        fmt::format("{} last offset is {} which is less than the first offset {}", start,
                    base + entries.back().relative_offset, base));
  }
  if (bytes % log::TimeEntry::kSize == 0) return {};
  return std::unexpected(fmt::format(
      "Time index file {} is corrupt, found {} bytes which is neither positive nor a multiple of "
      "{}",
      path, bytes, log::TimeEntry::kSize));
}

// Where the offset index says that `relative_offset` is to be looked for.
std::int32_t position_for(const std::vector<log::OffsetEntry>& entries,
                          std::int32_t relative_offset) {
  std::int32_t position = 0;
  for (const auto& entry : entries) {
    if (entry.relative_offset > relative_offset) break;
    if (entry.relative_offset == 0 && entry.position == 0) continue;  // room not yet used
    position = entry.position;
  }
  return position;
}

std::expected<std::int64_t, std::string> largest_timestamp(const records::BatchView& batch) {
  std::int64_t largest = -1;
  const auto walked = records::for_each_record(batch, [&](const records::Record& record) {
    largest = std::max(largest, record.timestamp.value);
    return true;
  });
  if (!walked) return std::unexpected(std::string(walked.error().text));
  return largest;
}

// Compares one entry of a time index with the log.
std::expected<void, std::string> compare(const OpenLog& log, std::int64_t base,
                                         const log::TimeEntry& entry, std::int64_t previous,
                                         std::int32_t position, TimeIndexFindings& findings) {
  const auto offset = base + entry.relative_offset;
  auto scan = log.from(position, log.size);
  while (true) {
    const auto batch = scan.next();
    if (!batch) return std::unexpected(batch.error());
    if (!*batch) {
      findings.not_found.push_back({offset, -1});
      return {};
    }
    if ((*batch)->last_offset().value < offset) continue;
    if ((*batch)->last_offset().value != offset) {
      findings.not_found.push_back({offset, (*batch)->last_offset().value});
      return {};
    }
    const auto largest = largest_timestamp(**batch);
    if (!largest) return std::unexpected(largest.error());
    if (*largest != entry.timestamp) findings.wrong.push_back({entry.timestamp, *largest});
    if (previous >= entry.timestamp) findings.out_of_order.push_back({entry.timestamp, previous});
    return {};
  }
}

}  // namespace

std::expected<std::int64_t, std::string> base_offset_of(const std::string& path) {
  const auto name = file_name(path);
  const auto digits = name.substr(0, name.find('.'));
  std::int64_t base = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), base);
  if (error == std::errc() && end == digits.data() + digits.size()) return base;
  return std::unexpected(fmt::format("For input string: \"{}\"", digits));
}

std::string sibling(const std::string& path, const std::string& suffix) {
  const auto name_at = path.find_last_of('/') + 1;
  return path.substr(0, path.find('.', name_at)) + suffix;
}

std::expected<std::vector<OffsetMismatch>, std::string> dump_offset_index(env::Files& files,
                                                                          const std::string& path,
                                                                          const IndexDump& what,
                                                                          std::ostream& out) {
  const auto index = open_index(files, path);
  if (!index) return std::unexpected(index.error());
  const auto& [base, log, bytes] = *index;
  const auto entries = entries_of<log::OffsetEntry>(bytes);
  std::vector<OffsetMismatch> mismatches;
  if (entries.empty()) {
    out << path << " is empty.\n";
    return mismatches;
  }
  if (what.sanity_only) {
    if (auto sane = check_offsets(path, base, bytes.size(), entries); !sane) {
      return std::unexpected(sane.error());
    }
    out << path << " passed sanity check.\n";
    return mismatches;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    // After a crash, or while the segment is the active one, zeros follow.
    if (i > 0 && entries[i].relative_offset == 0) break;
    const auto offset = base + entries[i].relative_offset;
    auto scan = log.from(entries[i].position, static_cast<std::uint64_t>(what.max_message_size));
    const auto batch = scan.next();
    if (!batch) return std::unexpected(batch.error());
    if (!*batch) {
      return std::unexpected(
          fmt::format("No whole batch at position {} of {}", entries[i].position, log.path));
    }
    if ((*batch)->last_offset().value != offset) {
      mismatches.push_back({offset, (*batch)->last_offset().value});
    }
    if (!what.verify_only) {
      out << fmt::format("offset: {} position: {}\n", offset, entries[i].position);
    }
  }
  return mismatches;
}

std::expected<TimeIndexFindings, std::string> dump_time_index(env::Files& files,
                                                              const std::string& path,
                                                              const IndexDump& what,
                                                              std::ostream& out) {
  const auto index = open_index(files, path);
  if (!index) return std::unexpected(index.error());
  const auto& [base, log, bytes] = *index;
  const auto entries = entries_of<log::TimeEntry>(bytes);
  TimeIndexFindings findings;
  if (what.sanity_only) {
    if (auto sane = check_times(path, base, bytes.size(), entries); !sane) {
      return std::unexpected(sane.error());
    }
    out << path << " passed sanity check.\n";
    return findings;
  }
  const auto offsets = entries_of<log::OffsetEntry>(
      env::read_file(files, sibling(path, ".index")).value_or(std::string()));
  std::int64_t previous = -1;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && entries[i].relative_offset == 0) break;
    const auto position = position_for(offsets, entries[i].relative_offset);
    if (auto compared = compare(log, base, entries[i], previous, position, findings); !compared) {
      return std::unexpected(compared.error());
    }
    if (!what.verify_only) {
      out << fmt::format("timestamp: {} offset: {}\n", entries[i].timestamp,
                         base + entries[i].relative_offset);
    }
    previous = entries[i].timestamp;
  }
  return findings;
}

std::expected<void, std::string> dump_transaction_index(env::Files& files, const std::string& path,
                                                        std::ostream& out) {
  if (const auto base = base_offset_of(path); !base) return std::unexpected(base.error());
  const auto bytes = content(files, path);
  if (!bytes) return std::unexpected(bytes.error());
  for (const auto& entry : entries_of<log::AbortedEntry>(*bytes)) {
    out << fmt::format(
        "version: {} producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}\n",
        entry.version, entry.producer_id.value, entry.first.value, entry.last.value,
        entry.last_stable.value);
  }
  return {};
}

std::expected<void, std::string> dump_snapshot(env::Files& files, const std::string& path,
                                               std::ostream& out, std::ostream& err) {
  const auto bytes = content(files, path);
  if (!bytes) return std::unexpected(bytes.error());
  const auto producers = log::parse_snapshot(std::as_bytes(std::span(*bytes)));
  if (!producers) {
    err << producers.error() << '\n';
    return {};
  }
  for (const auto& producer : *producers) {
    const auto start = producer.transaction_start;
    out << fmt::format(
        "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {} "
        "lastTimestamp: {} ",
        producer.id.value, producer.epoch.value, producer.coordinator_epoch,
        start ? fmt::format("OptionalLong[{}]", start->value) : "OptionalLong.empty",
        producer.last_timestamp.value);
    if (const auto* last = producer.last_batch()) {
      out << fmt::format(
          "firstSequence: {} lastSequence: {} lastOffset: {} offsetDelta: {} timestamp: {}",
          last->first_sequence().value, last->last_sequence.value, last->last_offset.value,
          last->offset_delta, last->timestamp.value);
    }
    out << '\n';
  }
  return {};
}

}  // namespace barnabas::tools
