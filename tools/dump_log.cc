#include "tools/dump_log.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "tools/dump_index.h"
#include "tools/dump_segment.h"
#include "tools/options.h"
#include "tools/record_decoders.h"

namespace barnabas::tools {
namespace {

using Done = std::expected<void, std::string>;

constexpr std::string_view kDefaultDecoder = "org.apache.kafka.tools.api.StringDecoder";

Options options() {
  Options options(
      "This tool helps to parse a log file and dump its contents to the console, useful for "
      "debugging a seemingly corrupt log segment.");
  options.help_and_version()
      .flag("print-data-log", "Print keys and values too.")
      .flag("verify-index-only", "Compare an index with its log and print only what differs.")
      .flag("index-sanity-check", "Look at an index as a starting broker would, and no further.")
      .value("files", "String: file1, file2, ...", "REQUIRED: The files to dump, with commas.")
      .value("max-message-size", "Integer: size",
             "The largest batch that an index may point at (default: 5242880).")
      .value("max-bytes", "Integer: size",
             "How many bytes of each log to read (default: 2147483647).")
      .flag("deep-iteration", "Print each record, not only the batches.")
      .value("value-decoder-class", "String", "How to read values (default: StringDecoder).")
      .value("key-decoder-class", "String", "How to read keys (default: StringDecoder).")
      .flag("offsets-decoder", "Read the records as those of __consumer_offsets.")
      .flag("transaction-log-decoder", "Read the records as those of __transaction_state.")
      .flag("cluster-metadata-decoder", "Read the records as those of KRaft.")
      .flag("remote-log-metadata-decoder", "Read the records as those of tiered storage.")
      .flag("skip-record-metadata", "Leave out offset, time and sizes of each record.");
  return options;
}

// What the command line asks for, once it is known to be sound.
struct Request {
  std::vector<std::string> files;
  SegmentDump segment;
  IndexDump index;
  const Arguments* arguments = nullptr;
};

std::vector<std::string> split_files(const std::string& text) {
  std::vector<std::string> files;
  for (std::size_t at = 0; at <= text.size();) {
    const auto comma = std::min(text.find(',', at), text.size());
    if (comma > at) files.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return files;
}

std::expected<Request, std::string> read_request(const Arguments& arguments) {
  Request request;
  request.arguments = &arguments;
  request.files = split_files(arguments.text("files").value_or(""));
  const auto max_message = arguments.number("max-message-size");
  if (!max_message) return std::unexpected(max_message.error());
  const auto max_bytes = arguments.number("max-bytes");
  if (!max_bytes) return std::unexpected(max_bytes.error());
  request.index.max_message_size = max_message->value_or(request.index.max_message_size);
  request.segment.max_bytes = max_bytes->value_or(request.segment.max_bytes);
  request.index.sanity_only = arguments.has("index-sanity-check");
  request.index.verify_only = arguments.has("verify-index-only");
  for (const auto* name :
       {"print-data-log", "offsets-decoder", "transaction-log-decoder", "cluster-metadata-decoder",
        "remote-log-metadata-decoder", "value-decoder-class", "key-decoder-class"}) {
    request.segment.contents |= arguments.has(name);
  }
  request.segment.records = request.segment.contents || arguments.has("deep-iteration");
  request.segment.record_metadata = !arguments.has("skip-record-metadata");
  return request;
}

std::expected<RecordDecoder, std::string> choose_decoder(const Arguments& arguments,
                                                         std::ostream& out) {
  if (arguments.has("offsets-decoder")) return offsets_decoder();
  if (arguments.has("transaction-log-decoder")) return transaction_log_decoder();
  if (arguments.has("cluster-metadata-decoder")) return framed_metadata_decoder("Error at");
  if (arguments.has("remote-log-metadata-decoder")) {
    return framed_metadata_decoder("Error at offset");
  }
  FieldDecoder decoders[2];
  const char* names[2] = {"value-decoder-class", "key-decoder-class"};
  for (int i = 0; i < 2; ++i) {
    auto decoder = field_decoder(arguments.text(names[i]).value_or(std::string(kDefaultDecoder)));
    if (!decoder) return std::unexpected(fmt::format("{}: no such class", decoder.error()));
    if (!decoder->deprecated.empty()) out << decoder->deprecated << '\n';
    decoders[i] = std::move(*decoder);
  }
  return plain_decoder(std::move(decoders[1]), std::move(decoders[0]));
}

// What is found on the way is told at the end, after all files.
struct Findings {
  std::map<std::string, std::vector<OffsetMismatch>> indexes;
  std::map<std::string, TimeIndexFindings> time_indexes;
  std::map<std::string, std::vector<OffsetGap>> gaps;

  void print(std::ostream& err) const;
};

void print_times(const std::string& file, const TimeIndexFindings& findings, std::ostream& err) {
  if (!findings.wrong.empty()) err << "Found timestamp mismatch in :" << file << '\n';
  for (const auto& [indexed, in_log] : findings.wrong) {
    err << fmt::format("  Index timestamp: {}, log timestamp: {}\n", indexed, in_log);
  }
  if (!findings.out_of_order.empty()) err << "Found out of order timestamp in :" << file << '\n';
  for (const auto& [indexed, previous] : findings.out_of_order) {
    err << fmt::format("  Index timestamp: {}, Previously indexed timestamp: {}\n", indexed,
                       previous);
  }
  if (!findings.not_found.empty()) {
    err << "The following indexed offsets are not found in the log.\n";
  }
  for (const auto& [indexed, in_log] : findings.not_found) {
    err << fmt::format("Indexed offset: {}, found log offset: {}\n", indexed, in_log);
  }
}

void Findings::print(std::ostream& err) const {
  for (const auto& [file, mismatches] : indexes) {
    err << "Mismatches in :" << file << '\n';
    for (const auto& [indexed, in_log] : mismatches) {
      err << fmt::format("  Index offset: {}, log offset: {}\n", indexed, in_log);
    }
  }
  for (const auto& [file, findings] : time_indexes) print_times(file, findings, err);
  for (const auto& [file, pairs] : gaps) {
    err << "Non-consecutive offsets in " << file << '\n';
    for (const auto& [from, to] : pairs) err << fmt::format("  {} is followed by {}\n", from, to);
  }
}

class DumpLog {
 public:
  DumpLog(Request request, env::Files& files, Console console)
      : request_(std::move(request)), files_(files), console_(console) {}

  int run() {
    for (const auto& file : request_.files) {
      console_.out << "Dumping " << file << '\n';
      if (auto dumped = dump(file); !dumped) {
        console_.out.flush();
        console_.err << dumped.error() << '\n';
        return kFailed;
      }
    }
    console_.out.flush();
    findings_.print(console_.err);
    return kOk;
  }

 private:
  Done dump(const std::string& file) {
    const auto name_at = file.find_last_of('/') + 1;
    const auto dot = file.find_last_of('.');
    if (dot == std::string::npos || dot < name_at) {
      return std::unexpected(fmt::format("{} has no suffix that says what it is", file));
    }
    const auto suffix = file.substr(dot);
    if (suffix == ".log") return log(file);
    if (suffix == ".index") {
      return keep(file, dump_offset_index(files_, file, request_.index, console_.out),
                  findings_.indexes);
    }
    if (suffix == ".timeindex") return time_index(file);
    if (suffix == ".txnindex") return dump_transaction_index(files_, file, console_.out);
    if (suffix == ".snapshot") return dump_snapshot(files_, file, console_.out, console_.err);
    console_.out.flush();
    console_.err << "Ignoring unknown file " << file << '\n';
    return {};
  }

  Done log(const std::string& file) {
    if (const auto base = base_offset_of(file); !base) return std::unexpected(base.error());
    auto what = request_.segment;
    auto decoder = choose_decoder(*request_.arguments, console_.out);
    if (!decoder) return std::unexpected(decoder.error());
    what.decoder = std::move(*decoder);
    console_.out << fmt::format("Log starting offset: {}\n", *base_offset_of(file));
    auto opened = files_.open(file, env::OpenMode::kRead);
    if (!opened) return std::unexpected(fmt::format("{}: {}", file, opened.error().message()));
    return keep(file, dump_segment(std::move(*opened), file, what, console_.out), findings_.gaps);
  }

  Done time_index(const std::string& file) {
    auto found = dump_time_index(files_, file, request_.index, console_.out);
    if (!found) return std::unexpected(found.error());
    findings_.time_indexes[absolute(file)] = std::move(*found);
    return {};
  }

  static std::string absolute(const std::string& file) {
    std::error_code ignored;
    return std::filesystem::absolute(file, ignored).string();
  }

  template <class Found>
  static Done keep(const std::string& file, std::expected<std::vector<Found>, std::string> found,
                   std::map<std::string, std::vector<Found>>& into) {
    if (!found) return std::unexpected(found.error());
    if (!found->empty()) into[absolute(file)] = std::move(*found);
    return {};
  }

  Request request_;
  env::Files& files_;
  Console console_;
  Findings findings_;
};

}  // namespace

int run_dump_log(std::span<const std::string> words, env::Files& files, Console console) {
  const auto described = options();
  const auto arguments = described.parse(words);
  if (!arguments) {
    console.err << arguments.error() << '\n';
    return kFailed;
  }
  if (const auto answered = answer_common(described, *arguments, true, console)) return *answered;
  if (!arguments->has("files")) {
    return usage_error(described, "Missing required argument \"[files]\"", console);
  }
  auto request = read_request(*arguments);
  if (!request) {
    console.err << request.error() << '\n';
    return kFailed;
  }
  return DumpLog(std::move(*request), files, console).run();
}

}  // namespace barnabas::tools
