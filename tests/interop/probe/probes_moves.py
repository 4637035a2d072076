"""ElectLeaders, AlterPartitionReassignments, ListPartitionReassignments: all that changes nothing."""
from cluster import ask, cluster, topic
from errors import error
from wire import Writer

MOVES = "Elections and moves"


def election(topics, version=1, kind=0):
    body = Writer()
    if version >= 1:
        body.i8(kind)
    return body.array(topics, lambda t: body.string(t[0]).array(t[1], body.i32)).i32(5000)


def flexible_election(topics):
    body = Writer().i8(0)
    return body.c_array(topics, lambda t: body.c_string(t[0]).c_array(t[1], body.i32).tags()).i32(5000).tags()


def partition(reader, text, tags):
    row = f"p{reader.i32()} {error(reader.i16())} msg={text()!r}"
    if tags:
        reader.tags()
    return row


def elected(reader, version=1):
    reader.i32()
    top = f"{error(reader.i16())} " if version >= 1 else ""
    array, text = (reader.c_array, reader.c_string) if version >= 2 else (reader.array, reader.string)

    def of_topic():
        text()
        rows = sorted(array(lambda: partition(reader, text, version >= 2)))   # Kafka's order is a hash map's
        if version >= 2:
            reader.tags()
        return " ".join(rows)
    return top + (" ".join(array(of_topic)) or "none")


def elect(name, topics, kind=0, to="controller"):
    ask(MOVES, "ElectLeaders v1, " + name, 43, 1, lambda: election(topics, 1, kind), elected, to)


def move(topics):
    body = Writer().i32(5000)

    def of_topic(entry):
        body.c_string(entry[0]).c_array(entry[1], lambda p: body.i32(p[0]).c_array(p[1], body.i32).tags()).tags()
    return body.c_array(topics, of_topic).tags()


def moved(reader):
    reader.i32()
    top = f"{error(reader.i16())} msg={reader.c_string()!r} "

    def of_topic():
        reader.c_string()
        rows = reader.c_array(lambda: partition(reader, reader.c_string, True))
        reader.tags()
        return " ".join(rows)
    return top + (" ".join(reader.c_array(of_topic)) or "none")


def reassign(name, topics, to="controller"):
    ask(MOVES, "reassign: " + name, 45, 0, lambda: move(topics()), moved, to)


def listing(topics):
    body = Writer().i32(5000)
    return body.c_array(topics, lambda t: body.c_string(t[0]).c_array(t[1], body.i32).tags()).tags()


def listed(reader):
    reader.i32()
    return f"{error(reader.i16())} msg={reader.c_string()!r} topics={reader.varint() - 1}"


elect("preferred, not needed", [(topic("a"), [0])])
elect("preferred, unknown partition", [(topic("a"), [9])])
elect("preferred, unknown topic", [("probe-nope", [0])])
elect("preferred, one twice", [(topic("a"), [0, 0]), (topic("a"), [0])])
elect("unclean, not needed", [(topic("a"), [0])], 1)
elect("type 5", [(topic("a"), [0])], 5)
elect("type -1, every partition", None, -1)
elect("no partitions", [])
elect("every partition", None)
elect("to a non-controller", [(topic("a"), [0])], 0, "other")
ask(MOVES, "ElectLeaders v0", 43, 0, lambda: election([(topic("a"), [0, 9])], 0), lambda r: elected(r, 0), "controller")
ask(MOVES, "ElectLeaders v2", 43, 2, lambda: flexible_election([(topic("a"), [0, 9])]), lambda r: elected(r, 2),
    "controller")

reassign("cancel where none is running", lambda: [(topic("a"), [(0, None)])])
reassign("cancel, unknown topic", lambda: [("probe-nope", [(0, None)])])
reassign("empty replica list", lambda: [(topic("a"), [(0, [])])])
reassign("unknown broker 99", lambda: [(topic("a"), [(0, [99])])])
reassign("unknown brokers 99 and 98", lambda: [(topic("a"), [(0, [99, 98])])])
reassign("negative broker", lambda: [(topic("a"), [(0, [-1])])])
reassign("duplicate replicas", lambda: [(topic("a"), [(0, [cluster.first_broker()] * 2)])])
reassign("unknown partition", lambda: [(topic("a"), [(9, [cluster.first_broker()])])])
reassign("unknown topic", lambda: [("probe-nope", [(0, [cluster.first_broker()])])])
reassign("unknown topic, unknown broker", lambda: [("probe-nope", [(0, [99])])])
reassign("same assignment", lambda: [(topic("a"), [(0, cluster.partitions[topic("a")][0]["replicas"])])])
reassign("one partition twice", lambda: [(topic("a"), [(0, None), (0, [])])])
reassign("nothing", lambda: [])
reassign("to a non-controller", lambda: [(topic("a"), [(0, None)])], "other")

ask(MOVES, "list: all", 46, 0, listing(None), listed, "controller")
ask(MOVES, "list: none", 46, 0, listing([]), listed, "controller")
ask(MOVES, "list: unknown topic", 46, 0, listing([("probe-nope", [0])]), listed, "controller")
ask(MOVES, "list: to a non-controller", 46, 0, listing(None), listed, "other")
