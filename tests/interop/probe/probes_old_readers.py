"""What Fetch v0-3 and ListOffsets v0 give of a log: converted records, cut answers, where segments begin."""
import struct

from batches import ZSTD, batch
from cluster import ask, cluster, probe, topic, wait_until_led
from errors import error
from messages import Fetch, create_topics, create_topics_answer, fetch_answer, produce
from wire import Connection, Writer

FETCH = "Fetch by old readers (v3 unless said; offsets 0..1, 2 (zstd), 3..4)"
OFFSETS = "ListOffsets v0 (segments at 0, 4; the log ends at 5)"
LARGE = 1 << 20
LONG_AGO, FAR = 1, 1 << 60
TWO = batch((b"a" * 300, b"b" * 300))
ONE_ZSTD = batch((b"z",), codec=ZSTD)
TOPICS = {
    "old": ([], [TWO, ONE_ZSTD, TWO]),
    "much": ([], [TWO, ONE_ZSTD, batch((b"x" * 140000,))]),
    "czstd": ([("compression.type", "zstd")], [TWO]),
    "plain": ([("message.downconversion.enable", "false")], [TWO]),
    "segs": ([("segment.bytes", "200")], [batch((b"a", b"b")), batch((b"c", b"d")), batch((b"e",))]),
}


@probe(FETCH, "(topics made and written to)", "controller")
def _(connection):
    names = [topic(short) for short in TOPICS]
    wanted = [(topic(short), 1, 1, [], configs) for short, (configs, _) in TOPICS.items()]
    answer = create_topics_answer(connection.call(19, 4, create_topics(wanted)), 4)
    for address in cluster.brokers.values():
        wait_until_led(names, address)
    cluster.refresh(names)
    for short, (_, batches) in TOPICS.items():
        with Connection(cluster.address(f"leader:{short}")) as leader:
            for one in batches:
                leader.call(0, 8, produce(topic(short), one))
    return answer.count("NONE(0)")


def messages_in(data):
    """The offsets of a message set's whole messages, and what is left behind them."""
    offsets = []
    while len(data) >= 12:
        offset, size = struct.unpack(">qi", data[:12])
        if size + 12 > len(data):
            break
        offsets.append(str(offset))
        data = data[12 + size:]
    return f"offsets {','.join(offsets) or '-'} rest {data[:12].hex() or '-'}"


def old_fetch(short, offset, size, version):
    writer = Writer().i32(-1).i32(0).i32(0)
    if version >= 3:
        writer.i32(LARGE)

    def partition(_):
        writer.i32(0).i64(offset).i32(size)
    return writer.array([topic(short)], lambda name: writer.string(name).array([0], partition))


def old_fetch_answer(reader, version):
    if version >= 1:
        reader.i32()

    def partition():
        text = f"p{reader.i32()} {error(reader.i16())} hw={reader.i64()}"
        records = reader.blob()
        return text + (" records=null" if records is None else f" records={len(records)}B {messages_in(records)}")
    return " ".join(reader.array(lambda: (reader.string(), reader.array(partition))[1])[0])


def fetch(name, short="old", offset=0, size=LARGE, version=3):
    ask(FETCH, name, 1, version, lambda: old_fetch(short, offset, size, version),
        lambda reader: old_fetch_answer(reader, version), "leader:" + short)


for v in range(4):
    fetch(f"v{v}, up to the zstd batch", version=v)
    fetch(f"v{v}, partition max bytes 100", size=100, version=v)
    fetch(f"v{v}, partition max bytes 680 (the first batch and a part of the next)", size=680, version=v)
fetch("offset 1 (inside the batch)", offset=1)
fetch("offset 2 (the zstd batch)", offset=2)
fetch("offset 2, v0, partition max bytes 10", offset=2, size=10, version=0)
fetch("offset 3 (behind the zstd batch)", offset=3)
fetch("offset 5 (the end)", offset=5)
fetch("much behind the zstd batch", "much")
fetch("much behind the zstd batch, partition max bytes 1000", "much", size=1000)
fetch("compression.type=zstd", "czstd")
fetch("message.downconversion.enable=false", "plain")
ask(FETCH, "v11, partition max bytes 680", 1, 11, lambda: Fetch(topic("old"), partition_max_bytes=680).body(11),
    lambda reader: fetch_answer(reader, 11, cluster)[1], "leader:old")


def old_offsets(timestamp, count, partitions, replica):
    writer = Writer().i32(replica)
    return writer.array([topic("segs")], lambda name: writer.string(name).array(
        partitions, lambda index: writer.i32(index).i64(timestamp).i32(count)))


def old_offsets_answer(reader):
    def partition():
        return f"p{reader.i32()} {error(reader.i16())} offsets={reader.array(reader.i64)}"
    return " ".join(reader.array(lambda: (reader.string(), reader.array(partition))[1])[0])


def offsets(name, timestamp, count=9, partitions=(0,), replica=-1):
    ask(OFFSETS, name, 2, 0, lambda: old_offsets(timestamp, count, partitions, replica), old_offsets_answer,
        "leader:segs")


offsets("latest", -1)
offsets("latest, at most 2", -1, 2)
offsets("latest, at most 0", -1, 0)
offsets("latest, at most -1", -1, -1)
offsets("earliest", -2)
offsets("timestamp -3", -3)
offsets("timestamp 1", LONG_AGO)
offsets("timestamp 2^60", FAR)
offsets("timestamp 2^60, at most 1", FAR, 1)
offsets("the partition twice", -1, partitions=(0, 0))
offsets("unknown partition", -1, partitions=(9,))
offsets("as replica 1", -1, replica=1)
offsets("as replica -2 (debugging consumer)", -1, replica=-2)
