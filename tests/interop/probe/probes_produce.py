"""Produce: acks, names, batches with one field wrong, codecs, timestamps, limits, older formats, sequences."""
import random

from batches import GZIP, LZ4, SNAPPY, ZSTD, batch, legacy, now, record, sized, zigzag
from cluster import ask, cluster, probe, topic
from messages import produce, produce_answer
from wire import Writer

PRODUCE = "Produce (v8 unless said)"
SEQUENCES = "Idempotence (topic of its own, producer ids above any allocated)"


def send(name, records=batch, to="a", role="leader", raw_name=None, version=8, **fields):
    """`records`: bytes, a list of (partition, bytes), or a function of these (what depends on the time)."""
    def body():
        data = records() if callable(records) else records
        return produce(topic(to) if raw_name is None else raw_name, data, version=version, **fields)
    ask(PRODUCE, name, 0, version, body, lambda reader: produce_answer(reader, version, cluster), f"{role}:{to}")


def unanswered(name, records, partition=0):
    @probe(PRODUCE, name, "leader:a")
    def _(connection):
        connection.send(0, 8, produce(topic("a"), records, partition, acks=0))
        connection.wait(1.5)
        return f"answer of {len(connection.receive_frame())}B"


send("one record, acks=-1")
send("same, v3", version=3)
send("same, v9 (flexible)", version=9)
send("same, v11", version=11)
send("acks=1", acks=1)
send("acks=2", acks=2)
send("acks=-2", acks=-2)
send("acks=2, two partitions of which one unknown", [(0, batch()), (9, batch())], acks=2)


@probe(PRODUCE, "acks=0, good batch, then ApiVersions", "leader:a")
def _(connection):
    connection.send(0, 8, produce(topic("a"), batch(), acks=0))
    return "nothing" if connection.state() == "open" else "something"


unanswered("acks=0, unknown partition", batch(), 77)
unanswered("acks=0, corrupt batch", batch(crc=1))


def no_partitions():
    return Writer().string(None).i16(-1).i32(100).i32(1).string(topic("a")).i32(0)


ask(PRODUCE, "no topics", 0, 8, Writer().string(None).i16(-1).i32(100).i32(0),
    lambda reader: produce_answer(reader, 8, cluster), "leader:a")
ask(PRODUCE, "topic without partitions", 0, 8, no_partitions,
    lambda reader: produce_answer(reader, 8, cluster), "leader:a")
send("unknown topic", raw_name="probe-nope-" + cluster.run)
send("unknown partition 99", partition=99)
send("partition -1", partition=-1)
send("to a follower", to="r", role="follower")
send("to a follower, v11", to="r", role="follower", version=11)
send("to a broker that is no replica", to="one", role="outsider")
send('invalid topic name "a b"', raw_name="a b")
send("empty topic name", raw_name="")
send("to __consumer_offsets", raw_name="__consumer_offsets")
send("same partition twice in one request", [(0, batch()), (0, batch())])
send("null records", None)
send("empty records", b"")

# one field of the batch wrong
send("wrong CRC", batch(crc=12345))
send("magic 3", batch(magic=3))
send("magic -1", batch(magic=-1))
send("batch length field too small (10)", batch(length=10))
send("batch length field larger than the data", batch(length=5000))
send("batch length negative", batch(length=-5))
send("batch cut after 30 bytes", batch()[:30])
send("batch with 3 trailing bytes", batch() + b"abc")
send("two batches in one partition", batch() + batch())
send("record count 5 but one record", batch(count=5, last=4))
send("record count 1 but two records", batch((b"a", b"b"), count=1, last=0))
send("count 2, lastOffsetDelta 5", batch((b"a", b"b"), last=5))
send("count 0, no records", batch((), count=0, last=0))
send("count -1", batch(count=-1))
send("offset deltas 0,2", batch((b"a", b"b"), deltas=[0, 2]))
send("offset deltas 1,0", batch((b"a", b"b"), deltas=[1, 0]))
send("base offset 77 in the batch", batch(base=77))
send("partition leader epoch 77 in the batch", batch(leader_epoch=77))
send("record body garbage", batch(payload=b"\x06\0\0\0\0"))
send("attribute codec 5", batch(codec=5))
send("attribute codec 7", batch(codec=7))

# codecs
CODECS = (("gzip", GZIP), ("snappy", SNAPPY), ("lz4", LZ4), ("zstd", ZSTD))
for codec_name, codec in CODECS:
    send(f"codec {codec_name}, good", batch((b"aa", b"bb"), codec=codec))
for codec_name, codec in CODECS:
    send(f"codec {codec_name}, garbage payload", batch(codec=codec, payload=b"garbage" * 3))
send("codec zstd, request v6", batch(codec=ZSTD), version=6)
send("codec gzip, count 5 but one record", batch(codec=GZIP, count=5, last=4))
send("codec gzip, offset deltas 0,2", batch((b"a", b"b"), codec=GZIP, deltas=[0, 2]))

# attributes, headers
send("timestamp type bit set by the client (attributes 0x08)", batch(attributes=0x08))
send("control bit set (0x20)", batch(attributes=0x20))
send("transactional bit, no producer id", batch(attributes=0x10))
send("transactional bit, request without transactional id",
     batch(attributes=0x10, producer=4000000, epoch=0, sequence=0))
send("attribute bit 6 (delete horizon) set", batch(attributes=0x40))
send("unused attribute bits 0x7f80", batch(attributes=0x7F80))
send("headers and null key, null value", batch((None,), headers=((b"h", b"v"), (b"n", None))))
send("record attributes byte 1", batch(payload=record(0, None, b"v", attributes=1)))
send("header with negative key length", batch(payload=sized(b"\0\0\0\1\2v\2" + zigzag(-1) + b"\0")))

# timestamps
HOUR = 3_600_000
send("timestamp -1", batch(timestamp=-1))
send("timestamp -2", batch(timestamp=-2))
send("timestamp 0", batch(timestamp=0))
send("timestamp 2 days ahead", batch(timestamp=now() + 48 * HOUR))
send("timestamp 2^62", batch(timestamp=1 << 62))
send("maxTimestamp field lies (-1)", batch(max_timestamp=-1))
send("topic with before.max=1h, after.max=1min: 2 h old", lambda: batch(timestamp=now() - 2 * HOUR), "ts")
send("same topic: 2 min ahead", lambda: batch(timestamp=now() + 120_000), "ts")
send("same topic: second of two records 2 h old", lambda: batch((b"a", b"b"), timestamp_deltas=[0, -2 * HOUR]), "ts")
send("LogAppendTime topic", batch(timestamp=5), "lat")

# topic configs and limits
send("compacted topic, null key", batch((b"a", b"b"), [b"k", None]), "compact")
send("compacted topic, null key, v7 (no record errors)", batch((b"a",)), "compact", version=7)
OVERHEAD = 61 + 9
send("max.message.bytes=1000, batch of exactly 1000", batch((b"x" * (1000 - OVERHEAD),)), "small")
send("max.message.bytes=1000, batch of exactly 1001", batch((b"x" * (1001 - OVERHEAD),)), "small")
send("batch over message.max.bytes (1048588 default), uncompressed", lambda: batch((b"x" * 1048600,)))
send("batch over segment.bytes=200", batch((b"x" * 300,)), "seg")
send("min.insync.replicas=2 with one replica, acks=-1", to="isr")
send("min.insync.replicas=2 with one replica, acks=1", to="isr", acks=1)

# older formats
send("legacy magic 1, v2 request", legacy(), version=2)
send("legacy magic 0, v0 request", legacy(magic=0), version=0)
send("legacy magic 1, v3 request", legacy(), version=3)
send("legacy magic 1, bad crc, v2 request", legacy(bad_crc=True), version=2)
send("magic 2 in a v2 request", version=2)
send("transactional id in the request, plain batch", transactional_id="probe-x")
send("topic compression.type=gzip, uncompressed batch", to="gzip")

PRODUCER = 7000000 + random.randrange(1000000)


def sequence(name, *batches, producer=None, epoch=0, number=0, **fields):
    if producer is not None:
        fields |= {"producer": PRODUCER + producer, "epoch": epoch}
    records = b"".join(batches) or batch(sequence=number, **fields)
    ask(SEQUENCES, name, 0, 8, lambda: produce(topic("seq"), records),
        lambda reader: produce_answer(reader, 8, cluster), "leader:seq")


TWO = (b"a", b"b")
sequence("unknown producer id, sequence 0", producer=0)
sequence("same batch again (duplicate)", producer=0)
sequence("sequence 1", producer=0, number=1)
sequence("sequence 3 (gap)", producer=0, number=3)
sequence("sequence 0 again (older duplicate)", producer=0)
for n in range(2, 8):
    sequence(f"sequence {n}", producer=0, number=n)
sequence("sequence 1 again (older than the five remembered batches)", producer=0, number=1)
sequence("sequence 3..4 overlapping", producer=0, number=3, values=TWO)
sequence("epoch 1, sequence 5", producer=0, epoch=1, number=5)
sequence("epoch 1, sequence 0", producer=0, epoch=1)
sequence("epoch 0 again (older)", producer=0, number=8)
sequence("unknown producer id, sequence 5", producer=1, number=5)
sequence("producer id with epoch -1", producer=2, epoch=-1)
sequence("producer id with sequence -1", producer=3, number=-1)
sequence("sequence without producer id", number=4)
sequence("sequence 2147483647 new producer", producer=4, number=2147483647)
sequence("two records, sequence 2147483647 wraps", producer=5, number=2147483647, values=TWO)
sequence("then sequence 1", producer=5, number=1)
sequence("two idempotent batches in one partition", batch(producer=PRODUCER + 6, epoch=0, sequence=0),
         batch(producer=PRODUCER + 6, epoch=0, sequence=1))
