// Kafka's files byte for byte: each sample was written by a real 3.9 broker.
#include "log/checkpoint.h"
#include "log/directory_name.h"
#include "log/file_name.h"
#include "log/index_entry.h"
#include "log/java_properties.h"
#include "log/log_directory.h"
#include "log/meta_properties.h"
#include "log/partition_metadata.h"
#include "log/producer_snapshot.h"
#include "tests/unit/log/fixture.h"

namespace barnabas::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TopicPartition tp(const std::string& topic, std::int32_t partition) {
  return {topic, PartitionIndex(partition)};
}

TEST(CheckpointTest, ReadsAndWritesKafkasOffsetCheckpoint) {
  const std::string text = sample("log-start-offset-checkpoint");
  const auto offsets = parse_offset_checkpoint(text, "f");
  ASSERT_TRUE(offsets.has_value());
  EXPECT_EQ(offsets->at(tp("dr2", 0)), Offset(5));
  EXPECT_EQ(format_offset_checkpoint(*offsets), text);
}

TEST(CheckpointTest, ReadsAllLinesOfALargeOne) {
  const auto offsets = parse_offset_checkpoint(sample("replication-offset-checkpoint"), "f");
  ASSERT_TRUE(offsets.has_value());
  EXPECT_EQ(offsets->size(), 109u);
  EXPECT_EQ(offsets->at(tp("__transaction_state", 45)), Offset(8));
}

TEST(CheckpointTest, AnEmptyFileMeansNothing) {
  EXPECT_EQ(parse_offset_checkpoint("", "f").value().size(), 0u);
  EXPECT_EQ(parse_offset_checkpoint("0\n0\n", "f").value().size(), 0u);
}

TEST(CheckpointTest, AWrongCountIsAnErrorInKafkasWords) {
  EXPECT_EQ(
      parse_offset_checkpoint("0\n5\nt 0 1\n", "DIR/recovery-point-offset-checkpoint").error(),
      "Expected [5] entries in checkpoint file [DIR/recovery-point-offset-checkpoint], but "
      "found only [1]");
}

TEST(CheckpointTest, AWrongVersionOrLineIsAnError) {
  EXPECT_FALSE(parse_offset_checkpoint("1\n0\n", "f").has_value());
  EXPECT_FALSE(parse_offset_checkpoint("x\n", "f").has_value());
  EXPECT_FALSE(parse_offset_checkpoint("0\n1\nt 0\n", "f").has_value());
  EXPECT_FALSE(parse_offset_checkpoint("0\n1\nt zero 1\n", "f").has_value());
  EXPECT_FALSE(parse_offset_checkpoint("0\n1\nt 0 1x\n", "f").has_value());
}

TEST(CheckpointTest, ReadsAndWritesLeaderEpochs) {
  const std::string text = sample("leader-epoch-checkpoint");
  const auto entries = parse_epoch_checkpoint(text, "f");
  ASSERT_TRUE(entries.has_value());
  EXPECT_EQ(entries->size(), 1u);
  EXPECT_EQ(format_epoch_checkpoint(*entries), text);
}

TEST(PartitionMetadataTest, ReadsAndWritesKafkasFile) {
  const std::string text = sample("partition.metadata");
  const auto id = parse_partition_metadata(text, "f");
  ASSERT_TRUE(id.has_value()) << id.error();
  EXPECT_EQ(format_partition_metadata(*id), text);
}

TEST(PartitionMetadataTest, RefusesOtherVersionsAndBadIds) {
  EXPECT_FALSE(parse_partition_metadata("version: 1\ntopic_id: bS3EG5_zRZO8OpxZMs1UFA", "f"));
  EXPECT_FALSE(parse_partition_metadata("version: 0\ntopic_id: short", "f"));
  EXPECT_FALSE(parse_partition_metadata("version: 0\n", "f"));
  EXPECT_FALSE(parse_partition_metadata("", "f"));
}

// Line order and the comment with its date are those of java.util.Properties.
TEST(MetaPropertiesTest, WritesKafkasBytes) {
  const std::string text = sample("meta.properties");
  const MetaProperties meta = parse_meta_properties(text);
  EXPECT_EQ(meta.broker_id, BrokerId(1));
  EXPECT_EQ(meta.version, 0);
  const std::int64_t wall = 1'795'242'462'000;  // Sat Nov 21 06:27:42 UTC 2026
  EXPECT_EQ(format_meta_properties(meta, wall), text);
}

TEST(MetaPropertiesTest, KeepsWhatItDoesNotKnow) {
  const auto meta = parse_meta_properties("version=0\nbroker.id=3\ndirectory.id=abc\n");
  EXPECT_EQ(meta.others.at("directory.id"), "abc");
  EXPECT_THAT(format_meta_properties(meta, 0), HasSubstr("\ndirectory.id=abc\n"));
}

TEST(MetaPropertiesTest, AWordWithoutSenseIsAnEmptyFile) {
  const auto meta = parse_meta_properties("garbage");
  EXPECT_EQ(meta.version, 0);
  EXPECT_FALSE(meta.broker_id.has_value());
  EXPECT_FALSE(meta.cluster_id.has_value());
}

TEST(JavaPropertiesTest, ReadsEscapesContinuationsAndSeparators) {
  const auto p = *parse_properties(
      "! comment\n a = b \nc:d\ne f\ng\\ h=i\\tj\nk=l\\\n   m\\\n n\no=\\u00e4\nempty\n#x=y\n\n");
  EXPECT_EQ(p.at("a"), "b ");
  EXPECT_EQ(p.at("c"), "d");
  EXPECT_EQ(p.at("e"), "f");
  EXPECT_EQ(p.at("g h"), "i\tj");
  EXPECT_EQ(p.at("k"), "lmn");
  EXPECT_EQ(p.at("o"), "\xc3\xa4");
  EXPECT_EQ(p.at("empty"), "");
  EXPECT_FALSE(p.contains("#x"));
}

TEST(JavaPropertiesTest, WritesWhatItReadsBack) {
  const Properties p{{"key with space", " value = : # \\ \t\n"}, {"a", ""}};
  EXPECT_EQ(*parse_properties(format_properties(p, 0)), p);
}

TEST(SnapshotTest, ReadsAndWritesKafkasSnapshots) {
  for (const char* name :
       {"empty.snapshot", "idempotent.snapshot", "transactions.snapshot", "rolled.snapshot"}) {
    const auto content = bytes_of(sample(name));
    const auto producers = parse_snapshot(content);
    ASSERT_TRUE(producers.has_value()) << name << ": " << producers.error();
    EXPECT_EQ(format_snapshot(*producers), content) << name;
  }
}

TEST(SnapshotTest, KnowsOpenTransactionsAndCoordinators) {
  const auto producers = parse_snapshot(bytes_of(sample("transactions.snapshot"))).value();
  ASSERT_EQ(producers.size(), 2u);
  EXPECT_EQ(producers[0].epoch, ProducerEpoch(1));
  EXPECT_EQ(producers[0].coordinator_epoch, 0);
  EXPECT_FALSE(producers[0].transaction_start.has_value());
  EXPECT_EQ(producers[1].transaction_start, Offset(8));
  EXPECT_EQ(producers[1].last_batch()->first_offset(), Offset(8));
}

TEST(SnapshotTest, AnyFlippedBitOrLostByteIsNoticed) {
  const auto good = bytes_of(sample("transactions.snapshot"));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= std::byte{4};
    EXPECT_FALSE(parse_snapshot(bad).has_value()) << i;
    EXPECT_FALSE(parse_snapshot(std::span(good).first(i)).has_value()) << i;
  }
}

TEST(IndexEntryTest, ReadsAndWritesKafkasIndexes) {
  const auto offsets = bytes_of(sample("rolled.index"));
  EXPECT_THAT(parse_entries<OffsetEntry>(offsets),
              ElementsAre(OffsetEntry{2, 340}, OffsetEntry{4, 680}, OffsetEntry{6, 1020}));
  EXPECT_EQ(format_entries<OffsetEntry>(parse_entries<OffsetEntry>(offsets)), offsets);
  const auto times = bytes_of(sample("rolled.timeindex"));
  EXPECT_EQ(parse_entries<TimeEntry>(times).back(), (TimeEntry{1'700'000'007'000, 7}));
  EXPECT_EQ(format_entries<TimeEntry>(parse_entries<TimeEntry>(times)), times);
  const auto aborted = bytes_of(sample("transactions.txnindex"));
  EXPECT_THAT(parse_entries<AbortedEntry>(aborted),
              ElementsAre(AbortedEntry{0, ProducerId(2), Offset(4), Offset(7), Offset(8)}));
  EXPECT_EQ(format_entries<AbortedEntry>(parse_entries<AbortedEntry>(aborted)), aborted);
}

TEST(CleanShutdownTest, TheMarkerIsKafkas) {
  EXPECT_EQ(kCleanShutdownText, sample("clean-shutdown"));
}

TEST(FileNameTest, NamesHaveTwentyDigits) {
  EXPECT_EQ(file_name(Offset(24), FileKind::kTimeIndex), "00000000000000000024.timeindex");
  for (const FileKind kind : {FileKind::kLog, FileKind::kOffsetIndex, FileKind::kTimeIndex,
                              FileKind::kTransactionIndex, FileKind::kSnapshot}) {
    EXPECT_EQ(parse_file_name(file_name(Offset(7), kind)),
              (SegmentFileName{Offset(7), kind, FileState::kLive}));
  }
}

TEST(FileNameTest, SuffixesTellTheState) {
  EXPECT_EQ(parse_file_name("00000000000000000005.log.swap")->state, FileState::kSwap);
  EXPECT_EQ(parse_file_name("00000000000000000005.index.cleaned")->state, FileState::kCleaned);
  EXPECT_EQ(parse_file_name("00000000000000000005.snapshot.deleted")->state, FileState::kDeleted);
  EXPECT_FALSE(parse_file_name("leader-epoch-checkpoint").has_value());
  EXPECT_FALSE(parse_file_name("x5.log").has_value());
}

TEST(DirectoryNameTest, TheLastDashParts) {
  const auto plain = parse_partition_directory("D", "my-topic-12");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->tp, tp("my-topic", 12));
  EXPECT_EQ(plain->kind, DirectoryKind::kCurrent);
  const auto marked =
      parse_partition_directory("D", "a.b-0.4a5ae5b40e454a0ab434e51ec193affb-delete");
  ASSERT_TRUE(marked.has_value());
  EXPECT_EQ(marked->tp, tp("a.b", 0));
  EXPECT_EQ(marked->kind, DirectoryKind::kDelete);
  EXPECT_EQ(parse_partition_directory("D", "t-3.00-future")->kind, DirectoryKind::kFuture);
  EXPECT_EQ(parse_partition_directory("D", "t-3.00-stray")->kind, DirectoryKind::kStray);
}

TEST(DirectoryNameTest, AnyOtherNameIsRefused) {
  for (const char* name : {"lost+found", "topic", "-1", "topic-", "topic-x", "t-delete"}) {
    const auto parsed = parse_partition_directory("/data", name);
    ASSERT_FALSE(parsed.has_value()) << name;
    EXPECT_THAT(parsed.error(), HasSubstr(std::string("Found directory /data/") + name));
  }
}

TEST(DirectoryNameTest, ALongTopicIsCutToFit) {
  const std::string name = delete_directory_name(tp(std::string(249, 'a'), 123), Uuid{});
  EXPECT_EQ(name.size(), 255u);
  EXPECT_TRUE(name.ends_with("-123.00000000000000000000000000000000-delete"));
  EXPECT_EQ(delete_directory_name(tp("t", 0), Uuid{{0x4a, 0x5a}}),
            "t-0.4a5a0000000000000000000000000000-delete");
}

}  // namespace
}  // namespace barnabas::log
