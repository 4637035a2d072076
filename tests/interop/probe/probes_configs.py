"""IncrementalAlterConfigs, AlterConfigs, and what DescribeConfigs shows of it afterwards."""
import time

from cluster import ask, cluster, probe, topic
from errors import error
from wire import Writer

INCREMENTAL = "IncrementalAlterConfigs (v0; op 0 set, 1 delete, 2 append, 3 subtract)"
REPLACE = "AlterConfigs (v1)"
SHOWN = "DescribeConfigs of what was altered (v2)"
TOPIC, BROKER, LOGGER = 2, 4, 8
SET, DELETE, APPEND, SUBTRACT = range(4)


def this_broker():
    return str(next(i for i, address in cluster.brokers.items() if address == cluster.boot))


def incremental(resources, validate=False):
    """(type, name, [(key, operation, value)...])..."""
    def of_resource(resource):
        writer.i8(resource[0]).string(resource[1])
        writer.array(resource[2], lambda entry: writer.string(entry[0]).i8(entry[1]).string(entry[2]))
    writer = Writer()
    return writer.array(resources, of_resource).boolean(validate)


def replacing(resources, validate=False):
    """(type, name, [(key, value)...])..."""
    def of_resource(resource):
        writer.i8(resource[0]).string(resource[1])
        writer.array(resource[2], lambda entry: writer.string(entry[0]).string(entry[1]))
    writer = Writer()
    return writer.array(resources, of_resource).boolean(validate)


def altered(reader):
    reader.i32()
    return "; ".join(reader.array(lambda: f"{error(reader.i16())} msg={reader.string()!r} "
                                          f"type={reader.i8()} {reader.string()!r}")) or "none"


def alter(name, resources, validate=False, to="boot"):
    ask(INCREMENTAL, name, 44, 0, lambda: incremental(resources(), validate), altered, to)


def alter_topic(name, *entries, validate=False):
    alter(name, lambda: [(TOPIC, topic("a"), entries)], validate)


def alter_broker(name, *entries, validate=False):
    alter(name, lambda: [(BROKER, this_broker(), entries)], validate)


def alter_default(name, *entries, validate=False):
    alter(name, lambda: [(BROKER, "", entries)], validate)


def alter_logger(name, *entries):
    alter(name, lambda: [(LOGGER, this_broker(), entries)])


def replace(name, resources, validate=False):
    ask(REPLACE, name, 33, 1, lambda: replacing(resources(), validate), altered)


alter_topic("topic set", ("retention.ms", SET, "1000000"))
alter_topic("topic delete", ("retention.ms", DELETE, None))
alter_topic("topic delete a key that is not set", ("segment.ms", DELETE, None))
alter_topic("topic append to a list", ("cleanup.policy", APPEND, "compact"))
alter_topic("topic append again", ("cleanup.policy", APPEND, "compact"))
alter_topic("topic subtract", ("cleanup.policy", SUBTRACT, "compact"))
alter_topic("topic append to a non-list", ("retention.ms", APPEND, "1"))
alter_topic("topic subtract from a non-list", ("retention.ms", SUBTRACT, "1"))
alter_topic("topic append to an unknown key", ("no.such", APPEND, "1"))
alter_topic("topic append null", ("cleanup.policy", APPEND, None))
alter_topic("op 9", ("retention.ms", 9, "1"))
alter_topic("set null", ("retention.ms", SET, None))
alter_topic("set two to null", ("retention.ms", SET, None), ("segment.ms", SET, None))
alter_topic("unknown key", ("no.such", SET, "1"))
alter_topic("bad value", ("retention.ms", SET, "abc"))
alter_topic("key twice", ("retention.ms", SET, "1"), ("retention.ms", SET, "2"))
alter_topic("an empty range of compaction lag", ("min.compaction.lag.ms", SET, "5"),
            ("max.compaction.lag.ms", SET, "4"))
alter_topic("tiered storage", ("remote.storage.enable", SET, "true"))
alter_topic("throttled replicas that are none", ("leader.replication.throttled.replicas", SET, "a:b"))
alter_topic("throttled replicas", ("leader.replication.throttled.replicas", SET, "0:1,1:2"))
alter_topic("throttled replicas deleted", ("leader.replication.throttled.replicas", DELETE, None))
alter("resource twice", lambda: [(TOPIC, topic("a"), [("retention.ms", SET, "1")])] * 2)
alter("unknown topic", lambda: [(TOPIC, "probe-nope", [("retention.ms", SET, "1")])])
alter("invalid topic", lambda: [(TOPIC, "a b", [("retention.ms", SET, "1")])])
alter("empty topic name", lambda: [(TOPIC, "", [("retention.ms", SET, "1")])])
alter_topic("no configs")
alter("no resources", lambda: [])
alter("one good, one bad", lambda: [(TOPIC, topic("a"), [("no.such", SET, "1")]),
                                    (TOPIC, topic("b"), [("flush.ms", DELETE, None)])])
alter_topic("min.insync.replicas=99", ("min.insync.replicas", SET, "99"))
alter_topic("min.insync.replicas deleted again", ("min.insync.replicas", DELETE, None))
alter_broker("broker: read-only key broker.id", ("broker.id", SET, "7"))
alter_broker("broker: read-only key zookeeper.connect", ("zookeeper.connect", SET, "x"))
alter_broker("broker: unknown key", ("no.such", SET, "7"))
alter_broker("broker: unknown key deleted", ("no.such", DELETE, None))
alter_broker("broker: good key, bad value", ("log.cleaner.threads", SET, "x"))
alter_broker("broker: log.cleaner.threads=99 (more than doubles)", ("log.cleaner.threads", SET, "99"))
alter_broker("broker: num.io.threads=17 (more than doubles)", ("num.io.threads", SET, "17"))
alter_default("default broker: num.io.threads=3 (less than half)", ("num.io.threads", SET, "3"))
alter_broker("broker: append to a list", ("log.cleanup.policy", APPEND, "compact"), validate=True)
alter_broker("broker: append to a non-list", ("num.io.threads", APPEND, "4"))
alter_broker("broker: append to an unknown key", ("no.such", APPEND, "4"))
alter_broker("broker: a rate that is no number", ("leader.replication.throttled.rate", SET, "x"))
alter_broker("broker: a negative rate", ("follower.replication.throttled.rate", SET, "-1"))
alter_broker("broker: listeners that are none", ("listeners", SET, "x"))
alter_broker("broker: a class that is not there", ("principal.builder.class", SET, "x"))
alter_broker("broker: keystore of no listener", ("ssl.keystore.location", SET, "/x"))
alter_default("default broker: per-broker key (advertised.listeners)", ("advertised.listeners", SET, "PLAINTEXT://h:1"))
alter_default("default broker: ssl password", ("ssl.keystore.password", SET, "x"))
alter_default("default broker: a listener's limit", ("listener.name.plaintext.max.connections", SET, "5"), validate=True)
alter_default("default broker: a listener's keystore", ("listener.name.plaintext.ssl.keystore.location", SET, "/x"))
alter_broker("broker: password without encoder secret", ("listener.name.plaintext.ssl.keystore.password", SET, "x"))
alter("broker 99", lambda: [(BROKER, "99", [("log.cleaner.threads", SET, "1")])])
alter('broker "abc"', lambda: [(BROKER, "abc", [("log.cleaner.threads", SET, "1")])])
alter_logger("logger: unknown logger", ("no.such.logger", SET, "INFO"))
alter_logger("logger: bad level", ("kafka.server.KafkaApis", SET, "LOUD"))
alter_logger("logger: level in lower case", ("kafka.server.KafkaApis", SET, "info"))
alter_logger("logger: append", ("kafka.server.KafkaApis", APPEND, "INFO"))
alter_logger("logger: subtract", ("kafka.server.KafkaApis", SUBTRACT, "INFO"))
alter_logger("logger: delete root", ("root", DELETE, None))
alter_logger("logger: set and delete", ("kafka.server.KafkaApis", SET, "WARN"))
alter_logger("logger: deleted again", ("kafka.server.KafkaApis", DELETE, None))
alter("logger of broker 99", lambda: [(LOGGER, "99", [("root", SET, "INFO")])])
for number in (0, 3, 32, 99):
    alter(f"type {number}", lambda number=number: [(number, "x", [("a", SET, "b")])])
alter("type 16 (client metrics)", lambda: [(16, "x", [("interval.ms", SET, "100")])])
alter_topic("validate only, good", ("retention.ms", SET, "1"), validate=True)
alter_topic("validate only, bad value", ("retention.ms", SET, "abc"), validate=True)

replace("topic", lambda: [(TOPIC, topic("a"), [("retention.ms", "604800000")])])
replace("topic, null value", lambda: [(TOPIC, topic("a"), [("retention.ms", None)])])
replace("unknown topic", lambda: [(TOPIC, "probe-nope", [("retention.ms", "1")])])
replace("topic, key twice", lambda: [(TOPIC, topic("a"), [("retention.ms", "1"), ("retention.ms", "2")])])
replace("topic, empty set (clears)", lambda: [(TOPIC, topic("a"), [])])
replace("broker read-only", lambda: [(BROKER, this_broker(), [("broker.id", "9")])])
replace("broker, bad value", lambda: [(BROKER, this_broker(), [("num.io.threads", "x")])])
replace("broker logger", lambda: [(LOGGER, this_broker(), [("root", "INFO")])])
replace("client metrics", lambda: [(16, "x", [("a", "b")])])


def describe(kind, name, keys):
    writer = Writer()

    def of_resource(resource):
        writer.i8(resource[0]).string(resource[1]).array(resource[2], writer.string)
    return writer.array([(kind, name, keys)], of_resource).boolean(True)


def described(reader):
    def synonym():
        return f"{reader.string()}={reader.string()}@{reader.i8()}"

    def row():
        text = f"{reader.string()}={reader.string()} read_only={reader.i8()} source={reader.i8()} sensitive={reader.i8()}"
        return f"{text} [{', '.join(reader.array(synonym))}]"

    def resource():
        error(reader.i16()), reader.string(), reader.i8(), reader.string()
        return "; ".join(reader.array(row))
    reader.i32()
    return "".join(reader.array(resource))


def shown(name, change, back, kind, resource, keys):
    """Alters, describes until the change is there (a broker hears of it by announcement), and takes it back."""
    @probe(SHOWN, name)
    def _(connection):
        def look():
            return described(connection.call(32, 2, describe(kind, resource(), keys)))
        def once(condition):
            found = look()
            for _ in range(100):
                if condition(found):
                    break
                time.sleep(0.05)
                found = look()
            return found
        before = look()
        connection.call(44, 0, incremental(change()))
        answer = once(lambda found: found != before)
        connection.call(44, 0, incremental(back()))
        once(lambda found: found == before)
        return answer


def shown_topic(name, key, value):
    shown(name, lambda: [(TOPIC, topic("a"), [(key, SET, value)])],
          lambda: [(TOPIC, topic("a"), [(key, DELETE, None)])], TOPIC, lambda: topic("a"), [key])


def shown_broker(name, broker, key, value, seen_by=None):
    """`seen_by`: the topic key that falls back to it."""
    kind, resource = (TOPIC, lambda: topic("a")) if seen_by else (BROKER, this_broker)
    shown(name, lambda: [(BROKER, broker(), [(key, SET, value)])],
          lambda: [(BROKER, broker(), [(key, DELETE, None)])], kind, resource, [seen_by or key])


def default():
    return ""


shown_topic("a topic's number", "retention.ms", " 77 ")
shown_topic("a topic's list", "cleanup.policy", " compact , delete ")
shown_topic("a topic's throttled replicas", "follower.replication.throttled.replicas", "*")
shown_broker("a broker's threads", this_broker, "num.io.threads", "9")
shown_broker("a limit of this broker", this_broker, "leader.replication.throttled.rate", "1000")
shown_broker("a limit of all brokers", default, "leader.replication.throttled.rate", "3000")
shown_broker("all brokers' retention", default, "log.retention.ms", "99999")
shown_broker("all brokers' retention, at a topic", default, "log.retention.ms", "99999", "retention.ms")
shown_broker("a broker's largest message, at a topic", this_broker, "message.max.bytes", "12345", "max.message.bytes")
shown_broker("a key of all brokers that nobody knows", default, "no.such", "1")
