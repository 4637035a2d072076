"""What needs several brokers: requests to followers, to brokers that hold no replica, to a broker that is not the
controller, and topics with three replicas."""
from batches import batch
from cluster import ask, cluster, probe, topic, wait_until_led
from errors import error
from messages import (Fetch, create_topics, create_topics_answer, delete_topics, delete_topics_v6, fetch_answer,
                      list_offsets, list_offsets_answer, metadata, offset_for_leader_epoch,
                      offset_for_leader_epoch_answer, produce, produce_answer, read_metadata)
from probes_cluster import described
from probes_topics import configs_answer, configs_body, delete_answer, delete_answer_v6, partitions_answer
from wire import Writer

FOLLOWERS = "Followers and strangers"
SHRUNK = "An in-sync replica too few"
CREATE = "CreateTopics with three brokers"
OTHER = "A broker that is not the controller"
REPLICATED = "What followers have fetched"


# ---------------------------------------------------------------- followers; brokers without a replica
def send(group, name, to="follower:r", version=8, **fields):
    short = to.split(":")[1]
    ask(group, name, 0, version, lambda: produce(topic(short), batch(), version=version, **fields),
        lambda reader: produce_answer(reader, version, cluster), to)


def unanswered(name, to):
    @probe(FOLLOWERS, name, to)
    def _(connection):
        connection.send(0, 8, produce(topic(to.split(":")[1]), batch(), acks=0))
        connection.wait(1.5)
        return f"answer of {len(connection.receive_frame())}B"


send(FOLLOWERS, "Produce acks=1 to a follower", acks=1)
send(FOLLOWERS, "Produce v3 to a follower", version=3)
send(FOLLOWERS, "Produce v10 to a stranger", "outsider:one", 10)
send(FOLLOWERS, "Produce to a follower, unknown partition", partition=9)
unanswered("Produce acks=0 to a follower", "follower:r")
unanswered("Produce acks=0 to a stranger", "outsider:one")


def fetch(group, name, to="follower:r", version=11, known_id=False, replica_role=None, **fields):
    """`replica_role` asks as one of the brokers would."""
    short = to.split(":")[1]

    def body():
        if known_id:
            fields["topic_id"] = cluster.ids[topic(short)]
        if replica_role:
            fields["replica"] = cluster.broker_in(replica_role)
        return Fetch(topic(short), **fields).body(version)
    ask(group, name, 1, version, body, lambda reader: fetch_answer(reader, version, cluster)[1], to)


fetch(FOLLOWERS, "Fetch from a follower, offset 5 (past the end)", offset=5)
fetch(FOLLOWERS, "Fetch from a follower, unknown partition", partition=9)
fetch(FOLLOWERS, "Fetch from a follower, leader epoch 0 (current)", leader_epoch=0)
fetch(FOLLOWERS, "Fetch from a follower, leader epoch 9 (future)", leader_epoch=9)
fetch(FOLLOWERS, "Fetch from a follower, isolation 1", isolation=1)
fetch(FOLLOWERS, "Fetch v12 from a follower, lastFetchedEpoch 0", version=12, last_epoch=0)
fetch(FOLLOWERS, "Fetch v13 from a follower", version=13, known_id=True)
fetch(FOLLOWERS, "Fetch from a follower, session epoch 0", session_epoch=0)
fetch(FOLLOWERS, "Fetch as the leader from a follower", replica_role="leader:r")
fetch(FOLLOWERS, "Fetch from a stranger, leader epoch 0", "outsider:one", leader_epoch=0)
fetch(FOLLOWERS, "Fetch from a stranger, leader epoch 9", "outsider:one", leader_epoch=9)
fetch(FOLLOWERS, "Fetch v12 from a stranger", "outsider:one", version=12)
fetch(FOLLOWERS, "Fetch v13 from a stranger", "outsider:one", version=13, known_id=True)
fetch(FOLLOWERS, "Fetch as a stranger from the leader", "leader:one", replica_role="outsider:one")


def offsets(group, name, timestamp, to="follower:r", version=5, **fields):
    short = to.split(":")[1]
    ask(group, name, 2, version, lambda: list_offsets(topic(short), timestamp, version=version, **fields),
        lambda reader: list_offsets_answer(reader, version), to)


for special in (-2, -3, -4, -5):
    offsets(FOLLOWERS, f"ListOffsets v9 to a follower, timestamp {special}", special, version=9)
offsets(FOLLOWERS, "ListOffsets to a follower, timestamp 0", 0)
offsets(FOLLOWERS, "ListOffsets to a follower, unknown partition", -1, partition=9)
offsets(FOLLOWERS, "ListOffsets to a follower, leader epoch 0 (current)", -1, leader_epoch=0)
offsets(FOLLOWERS, "ListOffsets to a follower, leader epoch 9 (future)", -1, leader_epoch=9)
offsets(FOLLOWERS, "ListOffsets to a follower, isolation 1", -1, isolation=1)
offsets(FOLLOWERS, "ListOffsets to a follower as replica -2 (debugging consumer)", -1, replica=-2)
offsets(FOLLOWERS, "ListOffsets to a follower as replica -2, timestamp 0", 0, replica=-2)
offsets(FOLLOWERS, "ListOffsets to a stranger, leader epoch 9", -1, "outsider:one", leader_epoch=9)
offsets(FOLLOWERS, "ListOffsets to a stranger as replica -2", -1, "outsider:one", replica=-2)


def end_offset(name, current, to):
    short = to.split(":")[1]
    ask(FOLLOWERS, "OffsetForLeaderEpoch " + name, 23, 3,
        lambda: offset_for_leader_epoch(topic(short), 0, current, 0), offset_for_leader_epoch_answer, to)


end_offset("to a follower, current epoch 0", 0, "follower:r")
end_offset("to a follower, current epoch 9 (future)", 9, "follower:r")
end_offset("to a stranger, current epoch 0", 0, "outsider:one")
end_offset("to a stranger, current epoch 9", 9, "outsider:one")


def full_metadata(group, name, topics, to, version=12):
    def shown(entry):
        parts = ", ".join(f"p{part['id']} {error(part['error'])} replicas={len(part['replicas'])}"
                          f" isr={len(part['isr'])} leader={cluster.known(part['leader'])}"
                          for part in sorted(entry["partitions"], key=lambda part: part["id"]))
        return f"{entry['name']!r} [{parts}]"

    def answer(reader):
        found = read_metadata(reader, version)
        racks = sorted(str(broker[3]) for broker in found["brokers"])
        controller = {cluster.controller: "the controller"}.get(found["controller"], found["controller"])
        return f"racks={racks} controller={controller} " + "; ".join(shown(entry) for entry in found["topics"])

    def body():
        names = [topic(short) for short in topics]
        wait_until_led(names, cluster.address(to))
        return metadata(names, False, version)
    ask(group, name, 3, version, body, answer, to)


# ---------------------------------------------------------------- a topic with a replica on no living broker
send(SHRUNK, "Produce acks=-1 with min.insync.replicas=2", "leader:dead")
send(SHRUNK, "Produce acks=-1, v3", "leader:dead", 3)
send(SHRUNK, "Produce acks=-1, v11", "leader:dead", 11)
send(SHRUNK, "Produce acks=1", "leader:dead", acks=1)
fetch(SHRUNK, "Fetch from the leader", "leader:dead")
fetch(SHRUNK, "Fetch as the missing replica from the leader", "leader:dead", replica=99, offset=1)
offsets(SHRUNK, "ListOffsets at the leader", -1, "leader:dead")
for version in (0, 1, 7, 12):
    full_metadata(SHRUNK, f"Metadata v{version}", ["dead"], "boot", version)


# ---------------------------------------------------------------- topics of several replicas, at the controller
def create(group, name, topics, version=7, to="controller", validate=True):
    """`topics` is a function of the sorted broker ids."""
    ask(group, name, 19, version, lambda: create_topics(topics(sorted(cluster.brokers)), version, validate=validate),
        lambda reader: create_topics_answer(reader, version), to)


def sized(short, partitions, replicas):
    return lambda _: [(topic(short), partitions, replicas, (), ())]


def assigned(name, assignment):
    create(CREATE, "assignment: " + name, lambda brokers: [(topic("as"), -1, -1, assignment(brokers), ())], 4)


create(CREATE, "replication factor 3, validate only", sized("v3", 1, 3))
create(CREATE, "replication factor 3, 7 partitions, validate only", sized("v3", 7, 3))
create(CREATE, "replication factor 4", sized("r4", 1, 4))
create(CREATE, "replication factor -1 (default)", sized("rm1", 1, -1))
assigned("all three brokers", lambda b: [(0, b)])
assigned("two partitions on different brokers", lambda b: [(0, b[:2]), (1, b[1:])])
assigned("a broker twice among three", lambda b: [(0, [b[2], b[1], b[2]])])
assigned("an unknown broker among three", lambda b: [(0, [b[0], 99, b[1]])])
assigned("one partition of two replicas, one of three", lambda b: [(0, b[:2]), (1, b)])
assigned("partitions 1 and 2", lambda b: [(1, b), (2, b)])
create(CREATE, "replication factor 3, good", sized("good3", 2, 3), validate=False)


def grow(group, name, count, assignment=None, short="good3", raw_name=None, to="controller"):
    """Validated only. `assignment` is a function of the sorted broker ids."""
    def body():
        writer = Writer()
        replicas = assignment(sorted(cluster.brokers)) if assignment else None

        def entry(name):
            writer.string(name).i32(count)
            writer.array(replicas, lambda ids: writer.array(ids, writer.i32))
        writer.array([raw_name or topic(short)], entry)
        return writer.i32(5000).boolean(True)
    ask(group, "CreatePartitions " + name, 37, 1, body, partitions_answer, to)


grow(CREATE, "of three replicas", 4)
grow(CREATE, "with an assignment", 4, lambda b: [b, b[::-1]])
grow(CREATE, "with an assignment of two replicas", 4, lambda b: [b, b[:2]])
grow(CREATE, "with an unknown broker", 3, lambda b: [[b[0], b[1], 99]])
grow(CREATE, "with a broker twice", 3, lambda b: [[b[0], b[1], b[0]]])
grow(CREATE, "with no replicas", 3, lambda b: [[]])


# ---------------------------------------------------------------- a broker that is not the controller
for role in ("controller", "other"):
    full_metadata(OTHER, f"Metadata from {role}: replicas", ["r", "good3", "one"], role)
ask(OTHER, "DescribeCluster v0", 60, 0, Writer().boolean(False).tags(), lambda r: described(r, False), "other")
create(OTHER, "CreateTopics, validate only", sized("nc", 1, 1), 4, "other")
create(OTHER, "CreateTopics v7", sized("nc", 1, 1), 7, "other")
create(OTHER, "CreateTopics, existing topic", sized("r", 1, 1), 4, "other")
create(OTHER, "CreateTopics, invalid name", lambda _: [("a b", 1, 1, (), ())], 4, "other")
create(OTHER, "CreateTopics, same name twice", lambda _: sized("nc", 1, 1)(_) * 2, 4, "other")
create(OTHER, "CreateTopics, no topics", lambda _: [], 4, "other")
grow(OTHER, "of a good topic", 9, to="other")
grow(OTHER, "of an unknown topic", 9, raw_name="probe-nope", to="other")


def delete_v6(name, name_and_id):
    ask(OTHER, "DeleteTopics v6 " + name, 20, 6, lambda: delete_topics_v6([name_and_id()]), delete_answer_v6, "other")


ask(OTHER, "DeleteTopics, unknown topic", 20, 3, lambda: delete_topics(["probe-nope"], 5000), delete_answer, "other")
ask(OTHER, "DeleteTopics, empty list", 20, 3, lambda: delete_topics([], 5000), delete_answer, "other")
delete_v6("by name", lambda: (topic("r"), bytes(16)))
delete_v6("by id", lambda: (None, cluster.ids[topic("r")]))
delete_v6("by an unknown id", lambda: (None, b"\7" * 16))
delete_v6("by name and id", lambda: (topic("r"), cluster.ids[topic("r")]))

TOPIC, BROKER = 2, 4


def describe(name, kind, resource):
    ask(OTHER, "DescribeConfigs, " + name, 32, 2, lambda: configs_body([(kind, resource(), None)]), configs_answer,
        "other")


describe("a topic", TOPIC, lambda: topic("r"))
describe("the broker itself", BROKER, lambda: str(cluster.broker_in("other")))
describe("the controller", BROKER, lambda: str(cluster.controller))


# ---------------------------------------------------------------- replication
send(REPLICATED, "Produce acks=-1", "leader:w")
fetch(REPLICATED, "then Fetch from the leader", "leader:w")
fetch(REPLICATED, "then Fetch from a follower, waiting for one byte", "follower:w", wait=3000, min_bytes=1)
offsets(REPLICATED, "then ListOffsets at the leader", -1, "leader:w")
send(REPLICATED, "Produce acks=-1 with min.insync.replicas=3 of three", "leader:min3")
send(REPLICATED, "Produce acks=1 after it", "leader:min3", acks=1)
send(REPLICATED, "Produce acks=-1 with min.insync.replicas=4 of three", "leader:min4")
