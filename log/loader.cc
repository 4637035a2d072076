#include "log/loader.h"

#include "env/log.h"
#include "log/partition_metadata.h"
#include "log/replay.h"

namespace barnabas::log {

Loader::Loader(LogContext& context, LoadTask task) : context_(context), task_(std::move(task)) {
  out_.producers = std::make_unique<ProducerStore>(context_, task_.directory);
  out_.epochs = std::make_unique<EpochStore>(context_.files, task_.directory);
}

std::expected<LoadedLog, std::string> Loader::load() {
  using Member = Step (Loader::*)();
  for (const Member step :
       {&Loader::load_metadata, &Loader::clean_up, &Loader::open_segments, &Loader::load_epochs,
        &Loader::recover, &Loader::settle_range, &Loader::activate_last}) {
    if (auto done = (this->*step)(); !done) return std::unexpected(done.error());
  }
  return std::move(out_);
}

std::string Loader::at(std::string_view name) const {
  return task_.directory + "/" + std::string(name);
}

Loader::Step Loader::io(const env::IoResult<void>& done, std::string_view what) const {
  if (done) return {};
  return std::unexpected(task_.directory + ": " + std::string(what) + ": " +
                         done.error().message());
}

std::expected<std::vector<std::string>, std::string> Loader::names() const {
  const auto entries = context_.files.list(task_.directory);
  if (!entries) return std::unexpected(task_.directory + ": " + entries.error().message());
  std::vector<std::string> out;
  for (const env::DirectoryEntry& e : *entries) {
    if (!e.is_directory) out.push_back(e.name);
  }
  return out;
}

Loader::Step Loader::load_metadata() {
  const std::string path = at(kPartitionMetadataFile);
  const auto text = env::read_file(context_.files, path);
  if (!text && text.error() != std::errc::no_such_file_or_directory)
    return std::unexpected(text.error().message());
  if (!text || text->empty()) return {};
  const auto id = parse_partition_metadata(*text, path);
  if (id) {
    out_.topic_id = *id;
    return {};
  }
  if (task_.clean) return std::unexpected(id.error());
  // What a power cut leaves of a partition made a moment before (it is synced in a chore): the id
  // comes again with the first LeaderAndIsr.
  env::log_warn("kafka.log.LogLoader", "{}; it is removed", id.error());
  return io(context_.files.remove(path), "removing partition.metadata");
}

Loader::Step Loader::clean_up() {
  const auto found = names();
  if (!found) return std::unexpected(found.error());
  const CleanupPlan plan = plan_cleanup(*found);
  for (const std::string& name : plan.remove) {
    if (auto done = io(context_.files.remove(at(name)), "removing " + name); !done) return done;
  }
  return finish_swaps(plan.swaps);
}

Loader::Step Loader::finish_swaps(const std::vector<std::string>& swaps) {
  if (swaps.empty()) return {};
  std::vector<SwapRange> ranges;
  for (const std::string& name : swaps) {
    const auto file = parse_file_name(name);
    if (file->kind != FileKind::kLog) continue;
    const auto handle = context_.files.open(at(name), env::OpenMode::kRead);
    if (!handle) return std::unexpected(handle.error().message());
    const auto size = (*handle)->size();
    if (!size) return std::unexpected(size.error().message());
    BatchScanner scanner(*handle, 0, *size);
    SwapRange range{file->base, file->base};
    for (;;) {
      const auto place = scanner.next();
      if (!place) return std::unexpected(place.error().message());
      if (!*place) break;
      range.next = (*place)->last + 1;
    }
    ranges.push_back(range);
  }
  const auto found = names();
  if (!found) return std::unexpected(found.error());
  for (const std::string& name : replaced_by(ranges, *found)) {
    if (auto done = io(context_.files.remove(at(name)), "removing " + name); !done) return done;
  }
  for (const std::string& name : swaps) {
    if (auto done = io(context_.files.rename(at(name), at(without_swap(name))), "renaming " + name);
        !done)
      return done;
  }
  return io(context_.files.sync_directory(task_.directory), "syncing");
}

Loader::Step Loader::open_segments() {
  const auto found = names();
  if (!found) return std::unexpected(found.error());
  const LiveFiles live = live_files(*found);
  for (const std::string& name : live.orphans) {
    env::log_warn("kafka.log.LogLoader",
                  "Found an orphaned index file {}, with no corresponding log file.", at(name));
    if (auto done = io(context_.files.remove(at(name)), "removing " + name); !done) return done;
  }
  for (const Offset snapshot : live.snapshots) out_.producers->found(snapshot);
  const std::size_t first =
      task_.clean ? live.segments.size() : first_to_recover(live.segments, task_.recovery_point);
  for (std::size_t i = 0; i < live.segments.size(); ++i) {
    auto segment = std::make_shared<Segment>(context_, task_.directory, live.segments[i]);
    if (auto done = io(segment->open_sealed(), "opening a segment"); !done) return done;
    out_.segments.add(segment);
    if (i >= first) continue;  // recover() rebuilds it
    const bool just_sealed = !task_.clean && i + 1 == first;
    if (auto done = check_segment(segment, just_sealed); !done) return done;
  }
  return io(out_.producers->remove_stray({live.segments.begin(), live.segments.end()}),
            "removing snapshots");
}

Loader::Step Loader::check_segment(const SegmentList::Ptr& segment, bool just_sealed) {
  const auto fault = segment->index_fault(just_sealed);
  if (!fault) return std::unexpected(fault.error().message());
  if (!*fault) return {};
  env::log_warn("kafka.log.LogLoader", "Rebuilding the indexes of segment {} of {}: {}",
                segment->base().value, task_.directory, **fault);
  // With a producer state of its own, so that the log's snapshots stay.
  ProducerStore producers(context_, task_.directory);
  for (const Offset s : out_.producers->snapshots()) {
    if (s <= segment->base() && s > task_.log_start) producers.found(s);
  }
  if (auto done = io(producers.reload(task_.log_start, segment->base(), context_.now()),
                     "reading a snapshot");
      !done) {
    return done;
  }
  const auto whole = rebuild(*segment, producers, false);
  if (!whole) return std::unexpected(whole.error());
  if (auto done = io(segment->seal(), "writing an index"); !done) return done;
  return io(segment->flush(), "writing an index");  // recovery will not look at it again
}

std::expected<bool, std::string> Loader::rebuild(Segment& segment, ProducerStore& producers,
                                                 bool epochs) {
  const auto failed = [&](std::error_code why) {
    return std::unexpected(task_.directory + ": " + why.message());
  };
  const auto size = segment.begin_rebuild(*task_.config);
  if (!size) return failed(size.error());
  const auto file = segment.log_file();
  if (!file) return failed(file.error());
  BatchReader reader(*file, 0, *size);
  Offset next = segment.base();
  dense_ = true;
  for (;;) {
    const auto read = reader.next();
    if (!read) return failed(read.error());
    if (!*read) break;
    const records::BatchView& batch = **read;
    if (!batch.crc_valid() || !continues(batch, segment.base(), next)) break;
    dense_ = dense_ && batch.count() == batch.next_offset() - next;
    if (epochs && batch.leader_epoch() != kNoLeaderEpoch) {
      const LeaderEpoch latest = epochs_.latest().value_or(kNoLeaderEpoch);
      if (batch.leader_epoch() < latest) break;  // left from before a truncation
      if (batch.leader_epoch() > latest) epochs_.assign(batch.leader_epoch(), batch.base_offset());
    }
    if (batch.has_producer_id()) {
      if (const auto done = producers.state().apply(describe_producer_batch(batch))) {
        const AbortedEntry entry{0, done->id, done->first, done->last,
                                 producers.state().last_stable_after(*done)};
        if (done->aborted) {
          if (auto written = segment.transactions().append(entry); !written)
            return failed(written.error());
        }
        producers.state().complete(*done);
      }
    }
    next = batch.next_offset();
    segment.note({batch.size(), batch.base_offset(), batch.last_offset(), batch.max_timestamp(),
                  batch.last_offset(), batch.max_timestamp()},
                 *task_.config);
  }
  producers.advance_map_end(std::max(producers.map_end(), next));
  const bool whole = segment.size() == *size;
  if (!whole) {
    env::log_warn("kafka.log.LogLoader",
                  "[LogLoader partition={}, dir={}] Segment {} is cut from {} to {} bytes",
                  to_string(task_.tp), task_.directory, segment.base().value, *size,
                  segment.size());
    if (auto done = segment.cut(segment.size()); !done) return failed(done.error());
  }
  return whole;
}

Loader::Step Loader::recover() {
  if (task_.clean || out_.segments.empty()) return {};
  const std::vector<SegmentList::Ptr> all = out_.segments.all();
  std::vector<Offset> bases;
  for (const SegmentList::Ptr& s : all) bases.push_back(s->base());
  const std::size_t first = first_to_recover(bases, task_.recovery_point);
  const Offset begin = all[first]->base();
  // From here on the batches are right: the file may be older than a truncation.
  epochs_.truncate_from_end(begin);
  if (auto done = io(
          rebuild_producers(*out_.producers, out_.segments, task_.log_start, begin, context_.now()),
          "rebuilding producer state");
      !done) {
    return done;
  }
  for (std::size_t i = first; i < all.size(); ++i) {
    env::log_info(
        "kafka.log.LogLoader",
        "[LogLoader partition={}, dir={}] Recovering unflushed segment {}. {}/{} recovered for {}.",
        to_string(task_.tp), task_.directory, all[i]->base().value, i - first, all.size() - first,
        to_string(task_.tp));
    out_.producers->advance_map_end(all[i]->base());
    if (i > first) {
      if (auto done = io(out_.producers->take_snapshot(), "writing a snapshot"); !done) return done;
    }
    const auto whole = rebuild(*all[i], *out_.producers, true);
    if (!whole) return std::unexpected(whole.error());
    ++recovered_;
    if (i + 1 < all.size() && *whole) {
      if (auto done = io(all[i]->seal(), "writing indexes"); !done) return done;
    }
    if (!*whole) return drop_from(i + 1);
    if (i + 1 == all.size()) break;
    const auto whole_so_far = leads_to(*all[i], all[i + 1]->base());
    if (!whole_so_far) return std::unexpected(whole_so_far.error());
    if (!*whole_so_far) return drop_from(i + 1);
  }
  return {};
}

// After a power cut a file may have come back empty or short, though ending with a batch: then the
// offsets up to the next segment are lost. Or a segment that a truncation had renamed away is back,
// and overlaps what was written since. Only compaction makes gaps on purpose: where the cleaner has
// been, or, if it was killed before it could say so, in a segment that has gaps inside, too.
std::expected<bool, std::string> Loader::leads_to(const Segment& segment, Offset next_base) const {
  const auto next = segment.next_offset();
  if (!next) return std::unexpected(task_.directory + ": " + next.error().message());
  if (!*next) return false;
  const bool may_be_cleaned =
      task_.config->compact && (segment.base() < task_.cleaned_to || !dense_);
  return may_be_cleaned ? **next <= next_base : **next == next_base;
}

// What follows a segment that was cut short must not stay: offsets would be missing before it.
Loader::Step Loader::drop_from(std::size_t index) {
  std::vector<SegmentList::Ptr> all = out_.segments.all();
  for (std::size_t i = all.size(); i > index; --i) {  // newest first: a crash leaves no hole
    env::log_warn("kafka.log.LogLoader",
                  "[LogLoader partition={}, dir={}] Deleting segment {} behind a corrupt one",
                  to_string(task_.tp), task_.directory, all[i - 1]->base().value);
    if (auto done = io(all[i - 1]->remove_files(), "removing a segment"); !done) return done;
    out_.segments.remove(all[i - 1]->base());
    if (auto done = io(out_.producers->remove(all[i - 1]->base()), "removing a snapshot"); !done)
      return done;
  }
  if (all.size() == index) return {};
  return io(context_.files.sync_directory(task_.directory), "syncing");
}

Loader::Step Loader::settle_range() {
  if (!out_.segments.empty()) {
    const SegmentList::Ptr last = out_.segments.active();
    auto next = last->next_offset();
    if (next && !*next) {  // a marker of a clean shutdown, and yet no whole batch at the end
      epochs_.truncate_from_end(last->base());
      const auto rebuilt = rebuild(*last, *out_.producers, true);
      if (!rebuilt) return std::unexpected(rebuilt.error());
      next = last->next_offset();
    }
    if (!next || !*next)
      return std::unexpected(task_.directory + ": the last segment cannot be read");
    out_.log_end = **next;
    if (out_.log_end < task_.log_start) {
      env::log_warn("kafka.log.LogLoader",
                    "Deleting all segments of {}: the log end {} is below the log start {}",
                    task_.directory, out_.log_end.value, task_.log_start.value);
      if (auto done = drop_from(0); !done) return done;
    }
  }
  if (out_.segments.empty()) {
    auto segment = std::make_shared<Segment>(context_, task_.directory, task_.log_start);
    if (auto done = io(segment->create(*task_.config), "creating a segment"); !done) return done;
    out_.segments.add(std::move(segment));
    out_.log_end = task_.log_start;
  }
  out_.log_start = std::max(task_.log_start, out_.segments.first()->base());
  out_.recovery_point = task_.clean ? out_.log_end : std::min(task_.recovery_point, out_.log_end);
  epochs_.truncate_from_end(out_.log_end);
  epochs_.truncate_from_start(out_.log_start);
  return io(out_.epochs->replace(std::move(epochs_)), "writing leader epochs");
}

// A power cut may leave the file empty: it is synced only when the recovery point moves.
Loader::Step Loader::load_epochs() {
  const auto loaded = out_.epochs->load();
  epochs_ = out_.epochs->cache();
  const bool lost = !task_.clean && epochs_.entries().empty();
  if (loaded && !lost) return {};
  if (!loaded) {
    env::log_warn("kafka.log.LogLoader", "{}; the leader epochs are read from the batches instead",
                  loaded.error());
  }
  for (const SegmentList::Ptr& segment : out_.segments.all()) {
    if (auto done = read_epochs(*segment); !done) return done;
  }
  return {};
}

Loader::Step Loader::read_epochs(const Segment& segment) {
  const auto file = segment.log_file();
  if (!file) return std::unexpected(file.error().message());
  BatchScanner scanner(*file, 0, segment.size());
  for (;;) {
    const auto place = scanner.next();
    if (!place) return std::unexpected(place.error().message());
    if (!*place) return {};
    if ((*place)->epoch <= epochs_.latest().value_or(kNoLeaderEpoch)) continue;
    epochs_.assign((*place)->epoch, (*place)->base);
  }
}

Loader::Step Loader::activate_last() {
  const SegmentList::Ptr last = out_.segments.active();
  if (!last->active()) {
    if (auto done = io(last->activate(*task_.config), "opening the active segment"); !done)
      return done;
  }
  return io(rebuild_producers(*out_.producers, out_.segments, out_.log_start, out_.log_end,
                              context_.now(), task_.clean),
            "loading producer state");
}

}  // namespace barnabas::log
