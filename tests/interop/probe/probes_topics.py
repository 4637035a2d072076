"""CreateTopics, DeleteTopics, CreatePartitions, DescribeConfigs."""
from cluster import ask, cluster, topic
from errors import error
from messages import ZERO_ID, create_topics, create_topics_answer, delete_topics, delete_topics_v6
from wire import Writer

CREATE = "CreateTopics (v4 unless said, to the controller)"
DELETE = "DeleteTopics (v3 unless said)"
PARTITIONS = "CreatePartitions (v1)"
CONFIGS = "DescribeConfigs (v2)"
UNKNOWN_ID = b"\7" * 16


def create(name, topics, version=4, to="controller", **fields):
    """`topics` is a function of nothing: a topic's name holds the run, an assignment the brokers."""
    ask(CREATE, name, 19, version, lambda: create_topics(topics(), version, **fields),
        lambda reader: create_topics_answer(reader, version), to)


def one(short, partitions=1, replicas=1, assignment=(), configs=()):
    return lambda: [(topic(short), partitions, replicas, assignment, configs)]


def named(name):
    return lambda: [(name, 1, 1, (), ())]


create("existing topic", one("a"))
create("to a broker that is not the controller", one("nc"), to="other")
create("validate only, good", one("v"), validate=True)
create("validate only, existing", one("a"), validate=True)
create("v7 validate only, good", one("v", 2), 7, validate=True)
create("v7 good", one("v7"), 7)
create("v7 existing", one("a"), 7)
create("partitions 0", one("p0", 0))
create("partitions -1 (default), v4", one("pm1", -1), validate=True)
create("partitions -1, v3", one("pm1", -1), 3, validate=True)
create("partitions -2", one("pm2", -2))
create("replication factor 0", one("r0", replicas=0))
create("replication factor -1 (default)", one("rm1", replicas=-1), validate=True)
create("replication factor -2", one("rm2", replicas=-2))
create("replication factor 99", one("r99", replicas=99))
for shown, text in (('"."', "."), ('".."', ".."), ("empty", ""), ('"a b"', "a b"), ("249 chars", "y" * 249),
                    ("250 chars", "y" * 250), ("with /", "a/b"), ("non-ASCII", "caf\u00e9")):
    create(f"name {shown}", named(text), validate=True)
for text in ("__consumer_offsets", "__transaction_state", "__cluster_metadata"):
    create(f"name {text}", named(text), validate=True)
create("name that collides on . and _", lambda: named("probe_col_" + cluster.run)())
create("null name", named(None))
create("duplicate name in one request", lambda: one("dup")() + one("dup")())
create("one good, one bad", lambda: one("good")() + named("a b")())


def assigned(name, assignment, partitions=-1, replicas=-1, validate=True):
    """`assignment` is a function of the sorted broker ids."""
    create(name, lambda: one("as", partitions, replicas, assignment(sorted(cluster.brokers)))(), validate=validate)


assigned("assignment and partition count both given", lambda b: [(0, b[:1])], partitions=2, validate=False)
assigned("assignment and replication factor both given", lambda b: [(0, b[:1])], replicas=1, validate=False)
assigned("assignment with unknown broker 99, validate only", lambda b: [(0, [99])])
assigned("assignment with duplicate broker, validate only", lambda b: [(0, b[:1] * 2)])
assigned("assignment partitions 0 and 2, validate only", lambda b: [(0, b[:1]), (2, b[:1])])
assigned("assignment with an empty replica list, validate only", lambda b: [(0, [])])
assigned("assignment partition 0 twice, validate only", lambda b: [(0, b[:1]), (0, b[:1])])
assigned("assignments of different length, validate only", lambda b: [(0, b[:1]), (1, b[:2])])


def configured(name, *configs):
    create("config: " + name, one("cfg", configs=configs), validate=True)


configured("unknown config", ("no.such", "1"))
for key, value in (("retention.ms", "abc"), ("retention.ms", "-2"), ("cleanup.policy", "foo"), ("segment.bytes", "13")):
    configured(f"{key}={value}", (key, value))
configured("null value", ("retention.ms", None))
configured("min.insync.replicas=0", ("min.insync.replicas", "0"))
configured("compression.type=xyz", ("compression.type", "xyz"))
configured("same key twice", ("retention.ms", "1"), ("retention.ms", "2"))
configured("remote.storage.enable=true", ("remote.storage.enable", "true"))
configured("message.format.version=0.10.0", ("message.format.version", "0.10.0"))
create("timeout 0", one("to0"), timeout=0)
create("timeout -1", one("tom1"), timeout=-1)
create("no topics", lambda: [])
create("v0", one("v0"), 0)


def delete_answer(reader):
    reader.i32()
    return "; ".join(reader.array(lambda: f"{reader.string()} {error(reader.i16())}")) or "no topics"


def delete_answer_v6(reader):
    def entry():
        text = f"{reader.c_string()} {'zero-id' if reader.take(16) == ZERO_ID else 'id'} {error(reader.i16())}"
        text += f" msg={reader.c_string()!r}"
        reader.tags()
        return text
    reader.i32()
    return "; ".join(reader.c_array(entry))


def delete(name, names, timeout=5000, to="controller"):
    ask(DELETE, name, 20, 3, lambda: delete_topics(names(), timeout), delete_answer, to)


def delete_by_id(name, name_and_id):
    ask(DELETE, "v6 " + name, 20, 6, lambda: delete_topics_v6([name_and_id()]), delete_answer_v6, "controller")


delete("unknown topic", lambda: ["probe-nope"])
delete("to a non-controller", lambda: [topic("gone")], to="other")
delete("good", lambda: [topic("gone")])
delete("same topic again at once", lambda: [topic("gone")])
delete("name twice", lambda: ["probe-nope", "probe-nope"])
delete("empty list", lambda: [])
delete("timeout 0, good", lambda: [topic("v0")], 0)
delete_by_id("unknown id", lambda: (None, UNKNOWN_ID))
delete_by_id("null name and zero id", lambda: (None, ZERO_ID))
delete_by_id("name and id", lambda: (topic("a"), cluster.ids[topic("a")]))
delete_by_id("unknown name", lambda: ("probe-nope", ZERO_ID))
delete_by_id("by name", lambda: (topic("to0"), ZERO_ID))


def partitions_answer(reader):
    def entry():
        return f"{reader.string()} {error(reader.i16())} msg={reader.string()!r}"
    reader.i32()
    return "; ".join(reader.array(entry)) or "no topics"


def grow(name, count, assignment=None, raw_name=None, times=1, validate=False, to="controller"):
    """`assignment` is a function of the sorted broker ids."""
    def body():
        writer = Writer()
        replicas = assignment(sorted(cluster.brokers)) if assignment else None

        def entry(topic_name):
            writer.string(topic_name).i32(count)
            writer.array(replicas, lambda ids: writer.array(ids, writer.i32))
        writer.array([raw_name or topic("b")] * times, entry)
        return writer.i32(5000).boolean(validate)
    ask(PARTITIONS, name, 37, 1, body, partitions_answer, to)


grow("same count", 3)
grow("fewer", 2)
grow("0", 0)
grow("-1", -1)
grow("unknown topic", 2, raw_name="probe-nope")
grow("assignment of wrong size", 5, lambda b: [b[:1]])
grow("assignment with unknown broker", 4, lambda b: [[99]])
grow("assignment with wrong replication factor", 4, lambda b: [b[:2]])
grow("assignment with a duplicate", 4, lambda b: [b[:1] * 2])
grow("topic twice", 4, times=2)
grow("good", 4)
grow("to a non-controller", 9, to="other")
grow("validate only", 9, validate=True)


def configs_answer(reader):
    def synonym():
        return reader.string(), reader.string(), reader.i8()

    def config():
        return (reader.string(), reader.string(), reader.i8(), reader.i8(), reader.i8(), reader.array(synonym))

    def resource():
        text = f"{error(reader.i16())} msg={reader.string()!r} type={reader.i8()} {reader.string()!r}"
        return f"{text} entries={len(reader.array(config))}"
    reader.i32()
    return "; ".join(reader.array(resource)) or "none"


def configs_body(resources):
    writer = Writer()

    def resource(entry):
        kind, name, keys = entry
        writer.i8(kind).string(name).array(keys, writer.string)
    return writer.array(resources, resource).boolean(False)


def describe(name, kind, resource, keys=None):
    """`resource` may be a function."""
    ask(CONFIGS, name, 32, 2,
        lambda: configs_body([(kind, resource() if callable(resource) else resource, keys)]), configs_answer)


TOPIC, BROKER, LOGGER = 2, 4, 8


def a():
    return topic("a")


def this_broker():
    return str(next(i for i, address in cluster.brokers.items() if address == cluster.boot))


describe("topic, all", TOPIC, a)
describe("topic, one key", TOPIC, a, ["retention.ms"])
describe("topic, unknown key", TOPIC, a, ["no.such"])
describe("topic, no keys (empty list)", TOPIC, a, [])
describe("unknown topic", TOPIC, "probe-nope")
describe("invalid topic name", TOPIC, "a b")
describe("empty topic name", TOPIC, "")
describe("this broker", BROKER, this_broker)
describe('default broker ("")', BROKER, "")
describe("broker 99", BROKER, "99")
describe('broker "abc"', BROKER, "abc")
describe("broker logger of this broker", LOGGER, this_broker)
describe("broker logger of this broker, some", LOGGER, this_broker, ["root", "no.such"])
describe('broker logger ""', LOGGER, "")


def documentation(reader):
    def config():
        name, _, _, _, _ = reader.c_string(), reader.c_string(), reader.i8(), reader.i8(), reader.i8()
        reader.c_array(lambda: (reader.c_string(), reader.c_string(), reader.i8(), reader.tags()))
        return f"{name} type={reader.i8()} documentation={reader.c_string()!r}", reader.tags()

    def resource():
        code = error(reader.i16())
        reader.c_string(), reader.i8(), reader.c_string()
        rows = [row for row, _ in reader.c_array(config)]
        reader.tags()
        return f"{code} {rows}"
    reader.i32()
    return "; ".join(reader.c_array(resource))


def not_documented():
    writer = Writer().varint(2).i8(TOPIC).c_string(a())
    return writer.c_array(["retention.ms"], writer.c_string).tags().boolean(False).boolean(False).tags()


ask(CONFIGS, "v4, without documentation", 32, 4, not_documented, documentation)
describe("resource type 0", 0, "x")
describe("resource type 3 (group)", 3, "x")
describe("resource type 16 (client metrics)", 16, "x")
describe("resource type 32 (group)", 32, "x")
describe("resource type 99", 99, "x")
ask(CONFIGS, "no resources", 32, 2, configs_body([]), configs_answer)
