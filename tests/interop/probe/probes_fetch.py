"""Fetch and its sessions, ListOffsets, OffsetForLeaderEpoch."""
from batches import batch
from cluster import ask, cluster, probe, topic
from messages import (ZERO_ID, Fetch, fetch_answer, list_offsets, list_offsets_answer, offset_for_leader_epoch,
                      offset_for_leader_epoch_answer, produce, produce_answer)
from wire import Writer

FETCH = "Fetch (v11 unless said)"
OFFSETS = "ListOffsets (v5 unless said; the topic holds offsets 0..2)"
EPOCHS = "OffsetForLeaderEpoch (v3)"
UNKNOWN_ID = b"\7" * 16


@probe(FETCH, "(three records written to an own topic first)", "leader:rec")
def _(connection):
    request = produce(topic("rec"), batch((b"1", b"2", b"3")))
    return produce_answer(connection.call(0, 8, request), 8, cluster)


def fetch(name, to="rec", role="leader", raw_name=None, version=11, known_id=False, **fields):
    def body():
        if known_id:
            fields["topic_id"] = cluster.ids[topic(to)]
        return Fetch(topic(to) if raw_name is None else raw_name, **fields).body(version)
    ask(FETCH, name, 1, version, body, lambda reader: fetch_answer(reader, version, cluster)[1], f"{role}:{to}")


fetch("offset 0")
fetch("offset 1 (inside the batch)", offset=1)
fetch("offset at the end (3)", offset=3)
fetch("offset 4 (past the end)", offset=4)
fetch("offset -1", offset=-1)
fetch("partition max bytes 10 (smaller than the batch)", partition_max_bytes=10)
fetch("request max bytes 10", max_bytes=10)
fetch("max bytes 0", max_bytes=0)
fetch("partition max bytes 0", partition_max_bytes=0)
fetch("partition max bytes -1", partition_max_bytes=-1)
fetch("max wait -1", wait=-1)
fetch("unknown topic", "a", raw_name="probe-nope-" + cluster.run)
fetch("unknown partition", partition=9)
fetch("partition -1", partition=-1)
fetch("no topics, no session", "a", topics=[])
fetch("leader epoch 0 (current)", leader_epoch=0)
fetch("leader epoch 9 (future)", leader_epoch=9)
fetch("to a follower, consumer", "r", "follower")
fetch("to a follower, consumer, v10", "r", "follower", version=10)
fetch("to a follower, consumer with rack", "r", "follower", rack="RACK2")
fetch("to the leader with another rack", "a", rack="RACK9")
fetch("to a broker that is no replica", "one", "outsider")
fetch("as replica 2147483647 (no such broker)", "a", replica=2147483647)
fetch("as replica -2 (debugging consumer)", "a", replica=-2)
fetch("as replica -2 to a follower", "r", "follower", replica=-2)
fetch("as replica -3", "a", replica=-3)
fetch("isolation level 1", isolation=1)
fetch("isolation level 2", isolation=2)
fetch("v12 good", version=12)
fetch("v12 lastFetchedEpoch 0", version=12, offset=3, last_epoch=0)
fetch("v12 offset 9 lastFetchedEpoch 0 (diverging)", version=12, offset=9, last_epoch=0)
fetch("v12 lastFetchedEpoch 5", version=12, offset=3, last_epoch=5)
fetch("v13 good topic id", version=13, known_id=True)
fetch("v13 unknown topic id", version=13, topic_id=UNKNOWN_ID)
fetch("v13 zero topic id", version=13, topic_id=ZERO_ID)
fetch("v17 good", version=17, known_id=True)
fetch("v16 to a follower", "r", "follower", version=16, known_id=True)
fetch("v16 to a broker that is no replica", "one", "outsider", version=16, known_id=True)


def session(name, *steps):
    """Each step is a function of the session's id so far that gives a Fetch."""
    @probe(FETCH, "session: " + name, "leader:rec")
    def _(connection):
        answers = []
        session_id = 0
        for step in steps:
            given, answer = fetch_answer(connection.call(1, 11, step(session_id).body(11)), 11, cluster)
            session_id = given or session_id
            answers.append(answer)
        return " -> ".join(answers)


def opened(offset=0):
    return lambda _: Fetch(topic("rec"), session_epoch=0, offset=offset)


def incremental(epoch):
    return lambda session_id: Fetch(session=session_id, session_epoch=epoch, topics=[])


def on(session_id, epoch):
    return lambda _: Fetch(topic("rec"), session=session_id, session_epoch=epoch)


def forgetting(epoch):
    return lambda session_id: Fetch(session=session_id, session_epoch=epoch, topics=[], forgotten=[(topic("rec"), [0])])


session("epoch 0 (full) creates one", opened())
session("then epoch 1 with no topics (nothing new)", opened(3), incremental(1))
session("then epoch 2 instead of 1", opened(), incremental(2))
session("epoch 1 twice", opened(), incremental(1), incremental(1))
session("unknown id 12345 epoch 1", on(12345, 1))
session("id 0 epoch 5", on(0, 5))
session("unknown id 12345 epoch 0 (new)", on(12345, 0))
session("unknown id, epoch -1 (close)", on(12345, -1))
session("closed with epoch -1, then used", opened(), incremental(-1), incremental(1))
session("forgotten topic, then nothing", opened(), forgetting(1), incremental(2))
session("partition error is repeated in an incremental answer",
        lambda _: Fetch(session_epoch=0, topics=[(topic("rec"), 0, 3), (topic("rec"), 7, 0)]), incremental(1))
session("full fetch with an empty topic list", lambda _: Fetch(session_epoch=0, topics=[]))


def offsets(name, timestamp, version=5, to="rec", role="leader", raw_name=None, **fields):
    ask(OFFSETS, name, 2, version,
        lambda: list_offsets(topic(to) if raw_name is None else raw_name, timestamp, version=version, **fields),
        lambda reader: list_offsets_answer(reader, version), f"{role}:{to}")


for v in (5, 7, 8, 9):
    for special in (-1, -2, -3, -4, -5, -6):
        offsets(f"timestamp {special}, v{v}", special, v)
offsets("timestamp 0", 0)
offsets("timestamp 2^60", 1 << 60)
offsets("timestamp -100", -100)
offsets("unknown partition", -1, partition=9)
offsets("leader epoch 9", -1, leader_epoch=9)
offsets("leader epoch 0", -1, leader_epoch=0)
offsets("isolation 1", -1, isolation=1)
offsets("replica -2", -1, replica=-2)
offsets("replica 1 (as follower)", -1, replica=1)
offsets("to a follower", -1, to="r", role="follower")
offsets("to a broker that is no replica", -1, to="one", role="outsider")
offsets("unknown topic", -1, raw_name="probe-nope")
offsets("empty topic, timestamp 0", 0, to="one")
offsets("empty topic, max timestamp, v7", -3, 7, to="one")


@probe(OFFSETS, "same partition twice in the request", "leader:rec")
def _(connection):
    writer = Writer().i32(-1).i8(0).i32(1).string(topic("rec")).i32(2)
    writer.i32(0).i32(-1).i64(-1).i32(0).i32(-1).i64(-2)
    return list_offsets_answer(connection.call(2, 5, writer), 5)


def end_offset(name, epoch=0, partition=0, current=-1, to="rec", role="leader"):
    ask(EPOCHS, name, 23, 3, lambda: offset_for_leader_epoch(topic(to), partition, current, epoch),
        offset_for_leader_epoch_answer, f"{role}:{to}")


end_offset("epoch 0")
end_offset("epoch 5 (beyond)", 5)
end_offset("epoch -1", -1)
end_offset("current epoch 9 (future)", current=9)
end_offset("unknown partition", partition=9)
end_offset("to a follower", to="r", role="follower")
end_offset("to a broker that is no replica", to="one", role="outsider")
