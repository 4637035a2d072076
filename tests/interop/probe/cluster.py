"""The cluster under probe, the list of probes, and the printing of what they find."""
import random
import re
import time

import messages
from wire import Closed, Connection, Silent, Writer

PROBES = []


def probe(group, name, to="boot"):
    """Registers a function of a connection; `to` says which broker it is made to."""
    def register(function):
        PROBES.append((group, name, to, function))
        return function
    return register


def ask(group, name, key, version, body, answer, to="boot"):
    """A probe that sends one request; `body` may be a function when it needs the cluster."""
    @probe(group, name, to)
    def _(connection):
        return answer(connection.call(key, version, body() if callable(body) else body))


class Cluster:
    """What the first broker's Metadata says, and the topics made for this run."""

    run = f"{random.randrange(1 << 24):06x}"

    def __init__(self):
        self.boot = None
        self.brokers = {}
        self.controller = None
        self.partitions = {}
        self.ids = {}

    def refresh(self, topics):
        with Connection(self.boot) as connection:
            answer = messages.read_metadata(connection.call(3, 10, messages.metadata(topics, False, 10)), 10)
        self.brokers = {broker[0]: broker[1:3] for broker in answer["brokers"]}
        self.controller = answer["controller"]
        for topic in answer["topics"]:
            if topic["error"] == 0:
                self.partitions[topic["name"]] = {part["id"]: part for part in topic["partitions"]}
                self.ids[topic["name"]] = topic["id"]
        return answer

    def topic(self, short):
        return f"probe-{short}-{self.run}"

    def known(self, broker):
        return "none" if broker == -1 else "known broker" if broker in self.brokers else str(broker)

    def first_broker(self):
        return min(self.brokers)

    def broker_in(self, to):
        """controller | other | leader:T | follower:T | outsider:T; None when there is no such broker."""
        if to == "controller":
            return self.controller
        if to == "other":
            return min((i for i in self.brokers if i != self.controller), default=None)
        role, short = to.split(":")
        part = self.partitions[self.topic(short)][0]
        if role == "leader":
            return part["leader"]
        if role == "follower":
            return min((i for i in part["replicas"] if i != part["leader"]), default=None)
        return min((i for i in self.brokers if i not in part["replicas"]), default=None)

    def address(self, to):
        """As broker_in, and boot: the one that was named first."""
        return self.boot if to == "boot" else self.brokers.get(self.broker_in(to))


cluster = Cluster()
topic = cluster.topic


def _topics():
    """Short name, partitions, replicas, configs."""
    configs = {
        "small": ("max.message.bytes", "1000"),
        "compact": ("cleanup.policy", "compact"),
        "lat": ("message.timestamp.type", "LogAppendTime"),
        "isr": ("min.insync.replicas", "2"),
        "gzip": ("compression.type", "gzip"),
        "seg": ("segment.bytes", "200"),
    }
    yield topic("a"), 1, 1, [], []
    yield topic("r"), 1, min(3, len(cluster.brokers)), [], []
    yield topic("b"), 3, 1, [], []
    yield topic("ts"), 1, 1, [], [("message.timestamp.before.max.ms", "3600000"),
                                  ("message.timestamp.after.max.ms", "60000")]
    for short, config in configs.items():
        yield topic(short), 1, 1, [], [config]
    for short in ("seq", "gone", "rec", "one"):
        yield topic(short), 1, 1, [], []
    if len(cluster.brokers) >= 3:
        yield topic("w"), 1, 3, [], []
        for count in "34":
            yield topic("min" + count), 1, 3, [], [("min.insync.replicas", count)]
        yield topic("dead"), -1, -1, [(0, [min(cluster.brokers), 99])], [configs["isr"]]


def _until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise RuntimeError("the cluster did not become ready")


def wait_until_led(topics, address):
    """Until the broker at `address` has heard of the leaders, which is after it became leader or follower itself."""
    def led():
        with Connection(address) as connection:
            answer = messages.read_metadata(connection.call(3, 10, messages.metadata(topics, False, 10)), 10)
        return all(t["error"] == 0 and t["partitions"] and all(p["error"] == 0 for p in t["partitions"])
                   for t in answer["topics"])
    _until(led)


def coordinator(group):
    """Address of the group's coordinator; the first question makes the topic, whose leaders come a moment later."""
    for _ in range(300):
        with Connection(cluster.boot) as connection:
            answer = connection.call(10, 2, Writer().string(group).i8(0))
        answer.i32()
        code = answer.i16()
        answer.string()
        if code == 0:
            return cluster.brokers[answer.i32()]
        time.sleep(0.1)
    raise RuntimeError("no coordinator")


def _has_producer_ids(address):
    with Connection(address) as connection:
        answer = connection.call(22, 1, messages.init_producer_id())
    answer.i32()
    return answer.i16() == 0


def _has_controller():
    cluster.refresh([])
    return cluster.controller in cluster.brokers


def _knows_all(count):
    """Apache's first broker hears of the others with the next topic at the latest."""
    with Connection(cluster.address("controller"), 30) as connection:
        connection.call(19, 4, messages.create_topics([(topic("first"), 1, 1, [], [])]))

    def known(address):
        with Connection(address) as connection:
            found = messages.read_metadata(connection.call(3, 1, messages.metadata([], False, 1)), 1)
            return len(found["brokers"]) == count
    return _has_controller() and len(cluster.brokers) == count and all(map(known, cluster.brokers.values()))


def set_up(brokers):
    _until(_has_controller)   # a broker listens before it has heard of itself
    if brokers > 1:
        _until(lambda: _knows_all(brokers))
    wanted = list(_topics())
    with Connection(cluster.address("controller"), 30) as connection:
        answer = messages.create_topics_answer(connection.call(19, 4, messages.create_topics(wanted)), 4)
    if answer.count("NONE(0)") != len(wanted):
        raise RuntimeError(answer)

    names = [entry[0] for entry in wanted]
    for address in cluster.brokers.values():
        wait_until_led(names, address)
    cluster.refresh(names)
    for address in cluster.brokers.values():   # a broker has producer ids once the controller gave it a block
        _until(lambda: _has_producer_ids(address))


def clean_up():
    with Connection(cluster.address("controller"), 20) as connection:
        found = messages.read_metadata(connection.call(3, 1, messages.metadata(None, False, 1)), 1)["topics"]
        names = [entry["name"] for entry in found if cluster.run in entry["name"]]
        connection.call(20, 3, messages.delete_topics(names, 15000))


def _observe(address, function):
    with Connection(address) as connection:
        try:
            answer = function(connection)
        except Closed:
            answer = "no answer"
        except Silent:
            answer = f"no answer within {connection.socket.gettimeout():g} s"
        except EOFError:
            answer = "answer too short to parse"
        return str(answer), connection.state()


def _printable(text):
    text = re.sub(r"\b1[0-9]{12}\b", "<ms>", text).replace(cluster.run, "RUN")
    return text.replace("|", "/").replace("\n", " ")


def rows(words=()):
    """(group, name, answer, state) of each probe whose group or name holds one of the words."""
    for group, name, to, function in PROBES:
        if words and not any(word in group or word in name for word in words):
            continue
        address = cluster.address(to)
        if address is not None:   # else there are too few brokers for it
            answer, state = _observe(address, function)
            yield group, name, _printable(answer), state
