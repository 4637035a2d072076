// LogManager: loading all partitions at start-up.
#include "env/log.h"
#include "log/loader.h"
#include "log/log_manager_impl.h"

namespace barnabas::log {
namespace {

constexpr std::string_view kClusterMetadataTopic = "__cluster_metadata";  // KRaft's own log

}  // namespace

std::expected<void, std::string> LogManagerImpl::load(ConfigOf topic_config, Progress on_progress) {
  env::log_info("kafka.log.LogLoader", "Loading logs from log dirs ArrayBuffer({})", all_paths());
  const auto began = context_.clock.now();
  for (const auto& directory : directories_) {
    if (!directory->live()) continue;
    if (auto done = load_directory(*directory, topic_config, on_progress); !done) return done;
    if (!directory->live())
      env::log_warn("kafka.log.LogLoader", "Stopping serving logs in dir {}", directory->path());
  }
  if (live_directories().empty()) {
    return std::unexpected("Shutdown broker because all log dirs in " + all_paths() +
                           " have failed");
  }
  finish_swaps();
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(context_.clock.now() - began);
  env::log_info("kafka.log.LogLoader", "Loaded {} logs in {}ms", entries().size(), took.count());
  return {};
}

std::expected<void, std::string> LogManagerImpl::load_directory(LogDirectory& directory,
                                                                const ConfigOf& config_of,
                                                                const Progress& on_progress) {
  directory.begin_load();
  if (!directory.live()) return {};
  const auto listed = context_.files.list(directory.path());
  if (!listed) {
    directory.fail("listing", listed.error().message());
    return {};
  }
  std::vector<std::pair<PartitionDirectory, std::string>> found;
  for (const env::DirectoryEntry& e : *listed) {
    if (!e.is_directory || e.name == kRemoteIndexCache) continue;
    auto parsed = parse_partition_directory(directory.path(), e.name);
    if (!parsed) return std::unexpected(parsed.error());
    if (parsed->tp.topic != kClusterMetadataTopic) found.emplace_back(std::move(*parsed), e.name);
  }
  if (found.empty()) {
    env::log_info("kafka.log.LogLoader", "No logs found to be loaded in {}", directory.path());
  } else if (directory.was_clean()) {
    env::log_info("kafka.log.LogLoader",
                  "Skipping recovery of {} logs from {} since clean shutdown file was found",
                  found.size(), directory.path());
  } else {
    env::log_info("kafka.log.LogLoader",
                  "Recovering {} logs from {} since no clean shutdown file was found", found.size(),
                  directory.path());
  }
  LoadProgress progress{0, found.size(), directory.path()};
  for (const auto& [parsed, name] : found) {
    if (auto done = load_partition(directory, parsed, name, config_of); !done) return done;
    if (!directory.live()) return {};
    ++progress.loaded;
    if (on_progress) on_progress(progress);
  }
  directory.loaded();
  return {};
}

// An error here is fatal for the broker; trouble with the disk only fails the directory.
std::expected<void, std::string> LogManagerImpl::load_partition(LogDirectory& directory,
                                                                const PartitionDirectory& found,
                                                                const std::string& name,
                                                                const ConfigOf& config_of) {
  const std::string path = directory.path() + "/" + name;
  switch (found.kind) {
    case DirectoryKind::kCurrent: break;
    case DirectoryKind::kFuture: break;
    case DirectoryKind::kDelete:
      remove_later(directory, path, context_.now() + config_.defaults->file_delete_delay_ms);
      return {};
    case DirectoryKind::kStray:
      env::log_warn("kafka.log.LogLoader", "Leaving {} alone: it was set aside", path);
      return {};
  }
  const bool is_future = found.kind == DirectoryKind::kFuture;
  if (const auto other = is_future ? find_future(found.tp) : nullptr) {
    return std::unexpected("Duplicate log directories found: " + path + ", " + other->directory());
  }
  LoadTask task;
  task.directory = path;
  task.tp = found.tp;
  task.config = config_of(found.tp.topic);
  if (!task.config) task.config = config_.defaults;
  task.clean = directory.was_clean();
  task.recovery_point = directory.recovery_point(found.tp);
  task.log_start = directory.log_start(found.tp);
  task.cleaned_to = directory.cleaned_to(found.tp);
  const auto config = task.config;
  Loader loader(context_, std::move(task));
  auto parts = loader.load();
  if (!parts) {
    directory.fail("loading log", parts.error());
    return {};
  }
  auto log = std::make_shared<PartitionLog>(context_, found.tp, path, directory.health(), config,
                                            std::move(*parts));
  const Entry entry{std::move(log), &directory};
  if (!is_future && find(found.tp)) return settle_rivals(entry);
  const std::lock_guard lock(mutex_);
  (is_future ? futures_ : logs_)[found.tp] = entry;
  return {};
}

}  // namespace barnabas::log
