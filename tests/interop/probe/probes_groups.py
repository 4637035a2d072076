"""Groups of consumers and their offsets, asked at the group's coordinator, and at a broker that is not. JoinGroup v5,
others v3 unless said.

FindCoordinator makes __consumer_offsets, so this comes after the probes that want it away.
"""
from cluster import cluster, coordinator, probe, topic
from errors import error
from wire import Connection, Writer

MEMBERS = "Groups: join, sync, heartbeat, leave (JoinGroup v5, others v3 unless said)"
GROUPS = "Groups: describe, list, delete"
OFFSETS = "Offsets: commit, fetch, delete"
STRANGERS = "Groups: a broker that is not the coordinator"


def named(group):
    return f"{group}-{cluster.run}" if group else ""


def at(section, group, name):
    """A probe on a connection to the group's coordinator, which must have loaded its groups."""
    def register(function):
        @probe(section, name)
        def _(_):
            with Connection(coordinator(named(group))) as connection:
                return function(connection)
        return function
    return register


def ask(section, group, name, key, version, body, answer):
    @at(section, group, name)
    def _(connection):
        return answer(connection.call(key, version, body() if callable(body) else body))


def nothing_but_error(reader):
    reader.i32()
    return error(reader.i16())


# ---------------------------------------------------------------- members
RANGE = (("range", b""),)


class Member:
    id = ""
    generation = -1


def join(group, member="", session=10000, rebalance=10000, kind="consumer", protocols=RANGE, instance=None, version=5):
    writer = Writer().string(named(group)).i32(session).i32(rebalance).string(member)
    if version >= 5:
        writer.string(instance)
    return writer.string(kind).array(protocols, lambda p: writer.string(p[0]).blob(p[1]))


def join_answer(reader, version=5, keep=None):
    reader.i32()
    code, generation, protocol, leader, member = (reader.i16(), reader.i32(), reader.string(), reader.string(),
                                                  reader.string())
    members = reader.array(lambda: (reader.string(), reader.string() if version >= 5 else None, reader.blob()))
    if keep is not None:
        keep.id, keep.generation = member, generation
    leads = "self" if leader == member and member else "other" if leader else "''"
    return (f"{error(code)} gen={generation} protocol={protocol!r} leader={leads} "
            f"member={'assigned' if member else repr(member)} members={len(members)}")


def joining(name, group="pg", version=5, **options):
    ask(MEMBERS, group, name, 11, version, lambda: join(group, version=version, **options),
        lambda reader: join_answer(reader, version))


def only_member(connection, group):
    member = Member()
    join_answer(connection.call(11, 5, join(group)), keep=member)
    join_answer(connection.call(11, 5, join(group, member.id)), keep=member)
    return member


def heartbeat(group, member, generation, instance=None):
    return Writer().string(named(group)).i32(generation).string(member).string(instance)


def beat(connection, *claim):
    return nothing_but_error(connection.call(12, 3, heartbeat(*claim)))


def sync(group, member, generation, assignments=(), instance=None):
    writer = Writer().string(named(group)).i32(generation).string(member).string(instance)
    return writer.array(assignments, lambda a: writer.string(a[0]).blob(a[1]))


def sync_answer(reader):
    reader.i32()
    return f"{error(reader.i16())} assignment={len(reader.blob())}B"


def synced(connection, *request, **options):
    return sync_answer(connection.call(14, 3, sync(*request, **options)))


def leave(group, members):
    writer = Writer().string(named(group))
    return writer.array(members, lambda m: writer.string(m[0]).string(m[1]))


def leave_answer(reader):
    reader.i32()
    return f"{error(reader.i16())} members=" + str(
        reader.array(lambda: (reader.string() and "id", reader.string(), error(reader.i16()))))


joining("empty group id", "")
joining("first join without member id")
joining("first join, v3 (no member id required)", "pgv3", 3)
joining("unknown member id", member="nobody")
joining("session timeout 1 ms", session=1)
joining("session timeout 9999999", session=9999999)
joining("no protocols", protocols=())
joining("empty protocol type", kind="")
joining("empty protocol name", protocols=(("", b""),))
joining("rebalance timeout -1", rebalance=-1)
joining("static member with an empty instance id", instance="")
joining("static member, unknown member id", instance="inst1", member="nobody")


@at(MEMBERS, "p1", "join in two steps")
def _(connection):
    member = Member()
    first = join_answer(connection.call(11, 5, join("p1")), keep=member)
    return first + " -> " + join_answer(connection.call(11, 5, join("p1", member.id)))


@at(MEMBERS, "p2", "life of one member: join, heartbeat before sync, sync, heartbeat, wrong generation, unknown "
    "member, leave")
def _(connection):
    member = only_member(connection, "p2")
    own, now = member.id, member.generation

    def another(**options):
        return join_answer(connection.call(11, 3, join("p2", version=3, **options)), 3)

    def left(*who):
        return leave_answer(connection.call(13, 3, leave("p2", [who])))
    return " -> ".join([
        "heartbeat before sync " + beat(connection, "p2", own, now),
        "sync wrong generation " + synced(connection, "p2", own, now + 1, [(own, b"as")]),
        "sync unknown member " + synced(connection, "p2", "nobody", now),
        "sync " + synced(connection, "p2", own, now, [(own, b"as")]),
        "sync again " + synced(connection, "p2", own, now),
        "heartbeat " + beat(connection, "p2", own, now),
        "heartbeat generation+1 " + beat(connection, "p2", own, now + 1),
        "heartbeat generation-1 " + beat(connection, "p2", own, now - 1),
        "heartbeat unknown member " + beat(connection, "p2", "nobody", now),
        "second member with another protocol " + another(protocols=(("roundrobin", b""),)),
        "second member with another type " + another(kind="connect"),
        "leave unknown " + left("nobody", None),
        "leave by unknown instance " + left("", "nobody"),
        "leave " + left(own, None),
        "leave again " + left(own, None),
        "heartbeat after leave " + beat(connection, "p2", own, now)])


@at(MEMBERS, "p3", "rebalance seen by a stable member when a second joins")
def _(connection):
    first, second = only_member(connection, "p3"), Member()
    synced(connection, "p3", first.id, first.generation, [(first.id, b"as")])
    with Connection(connection.socket.getpeername()) as other:
        join_answer(other.call(11, 5, join("p3")), keep=second)
        other.send(11, 5, join("p3", second.id))
        told = ""
        while "REBALANCE" not in told:   # the second's join is on its way
            told = beat(connection, "p3", first.id, first.generation)
        steps = ["heartbeat " + told,
                 "first rejoins " + join_answer(connection.call(11, 5, join("p3", first.id)), keep=first),
                 "second gets " + join_answer(other.receive(11, 5))]
    return " -> ".join(steps + ["heartbeat old generation " + beat(connection, "p3", first.id, first.generation - 1)])


@at(MEMBERS, "p4", "static member: joins, joins again with the same instance id (new member id), old one fenced")
def _(connection):
    old, new = Member(), Member()
    steps = [join_answer(connection.call(11, 5, join("p4", instance="i1")), keep=old)]
    steps.append("sync " + synced(connection, "p4", old.id, old.generation, [(old.id, b"x")], instance="i1"))
    steps.append("again " + join_answer(connection.call(11, 5, join("p4", instance="i1")), keep=new))
    steps.append("old id heartbeat " + beat(connection, "p4", old.id, old.generation, "i1"))
    steps.append("new id heartbeat " + beat(connection, "p4", new.id, new.generation, "i1"))
    steps.append("old id rejoins " + join_answer(connection.call(11, 5, join("p4", old.id, instance="i1"))))
    return " -> ".join(steps)


ask(MEMBERS, "pnone", "Heartbeat, unknown group", 12, 3, lambda: heartbeat("pnone", "x", 1), nothing_but_error)
ask(MEMBERS, "pnone", "Heartbeat, empty group", 12, 3, lambda: heartbeat("", "x", 1), nothing_but_error)
ask(MEMBERS, "pnone", "SyncGroup, unknown group", 14, 3, lambda: sync("pnone", "x", 1), sync_answer)
ask(MEMBERS, "pnone", "LeaveGroup v0, unknown group", 13, 0, lambda: Writer().string(named("pnone")).string("x"),
    lambda reader: error(reader.i16()))
ask(MEMBERS, "pnone", "LeaveGroup v3, unknown group", 13, 3, lambda: leave("pnone", [("x", None)]), leave_answer)
ask(MEMBERS, "pnone", "LeaveGroup v3, no members", 13, 3, lambda: leave("pnone", []), leave_answer)


# ---------------------------------------------------------------- groups
def described(reader):
    def member():
        return [reader.string() for _ in range(4)] + [reader.blob(), reader.blob()]

    def group():
        code = error(reader.i16())
        kind = "group" if reader.string() else "empty"
        state, protocol_type, data = reader.string(), reader.string(), reader.string()
        count = len(reader.array(member))
        return (f"{code} {kind} state={state!r} type={protocol_type!r} data={data!r} members={count} "
                f"ops={reader.i32()}")
    reader.i32()
    return "; ".join(reader.array(group)) or "none"


def describe(*groups, operations=False):
    writer = Writer()
    return writer.array([named(group) for group in groups], writer.string).boolean(operations)


def deleted(reader):
    reader.i32()
    return "; ".join(reader.array(lambda: f"{'group' if reader.string() else 'empty'} {error(reader.i16())}")) or "none"


def delete(*groups):
    writer = Writer()
    return writer.array([named(group) for group in groups], writer.string)


def listing(name, version, filters, answer, group="pnone"):
    def body():
        writer = Writer()
        for texts in filters:
            writer.c_array(texts, writer.c_string)
        return writer.tags()
    ask(GROUPS, group, name, 16, version, body, answer)


def count_listed(reader):
    reader.i32()
    return f"{error(reader.i16())} groups={reader.varint() - 1}"


def any_listed(reader):
    reader.i32()
    return f"{error(reader.i16())} some={reader.varint() > 1}"


def listed(group, version):
    """The row of one group, whatever else is there."""
    def answer(reader):
        reader.i32()
        code = error(reader.i16())
        rows = []
        for _ in range(reader.varint() - 1):
            row = [reader.c_string() for _ in range(4 if version >= 5 else 3)]
            reader.tags()
            rows += [row[1:]] if row[0] == named(group) else []
        return f"{code} {rows}"
    return answer


ask(GROUPS, "pnone", "DescribeGroups v4 unknown group", 15, 4, lambda: describe("pnone"), described)
ask(GROUPS, "", "DescribeGroups v4 empty id", 15, 4, lambda: describe(""), described)
ask(GROUPS, "pnone", "DescribeGroups v4 no groups", 15, 4, describe, described)
ask(GROUPS, "p4", "DescribeGroups v4 group with one synced member", 15, 4, lambda: describe("p4"), described)
ask(GROUPS, "p4", "DescribeGroups v4 with operations", 15, 4, lambda: describe("p4", operations=True), described)
ask(GROUPS, "pnone", "DescribeGroups v4 unknown group with operations", 15, 4,
    lambda: describe("pnone", operations=True), described)
listing("ListGroups v4 of one synced member", 4, [[]], listed("p4", 4), "p4")
listing("ListGroups v5 of one synced member", 5, [[], []], listed("p4", 5), "p4")
listing("ListGroups v5 state and type filters in other letters", 5, [["sTABLE"], ["CLASSIC"]], listed("p4", 5), "p4")
listing("ListGroups v5 another state", 5, [["Empty", "Dead"], []], listed("p4", 5), "p4")
listing("ListGroups v4 unknown state filter", 4, [["Foo"]], count_listed)
listing("ListGroups v5 type filter classic", 5, [[], ["classic"]], any_listed, "p4")
listing("ListGroups v5 type filter consumer", 5, [[], ["consumer"]], count_listed)
listing("ListGroups v5 unknown type filter", 5, [[], ["foo"]], count_listed)
ask(GROUPS, "pnone", "DeleteGroups v1 unknown", 42, 1, lambda: delete("pnone"), deleted)
ask(GROUPS, "", "DeleteGroups v1 empty id", 42, 1, lambda: delete(""), deleted)
ask(GROUPS, "p4", "DeleteGroups v1 group with a member", 42, 1, lambda: delete("p4"), deleted)
ask(GROUPS, "pnone", "DeleteGroups v1 same group twice", 42, 1, lambda: delete("pnone", "pnone"), deleted)


# ---------------------------------------------------------------- offsets
def commit(group, offsets, member="", generation=-1, to=None, metadata=""):
    writer = Writer().string(named(group)).i32(generation).string(member).string(None)

    def one(entry):
        writer.i32(entry[0]).i64(entry[1]).i32(-1).string(metadata)
    return writer.array([to or topic("a")], lambda t: writer.string(t).array(offsets, one))


def rows_of(reader):
    return reader.array(lambda: (reader.string(), reader.array(lambda: f"p{reader.i32()} {error(reader.i16())}")))


def committed(reader):
    reader.i32()
    return " ".join(" ".join(partitions) for _, partitions in rows_of(reader))


def committing(name, offsets, group="po", **options):
    ask(OFFSETS, group, name, 8, 7, lambda: commit(group, offsets, **options), committed)


def delete_offsets(group, partition, name=None):
    writer = Writer().string(named(group))
    return writer.array([name or topic("a")], lambda t: writer.string(t).array([partition], writer.i32))


def offsets_deleted(reader):
    code = error(reader.i16())
    reader.i32()
    return f"{code} " + (" ".join(" ".join(partitions) for _, partitions in rows_of(reader)) or "no topics")


committing("OffsetCommit simple (no member)", [(0, 5)])
committing("negative offset -1", [(0, -1)])
committing("negative offset -2", [(0, -2)])
committing("offset far past the end", [(0, 1 << 50)])
committing("unknown partition 99", [(99, 5)])
committing("unknown topic", [(0, 5)], to="probe-nope")
committing("metadata of 4096 bytes", [(0, 5)], metadata="m" * 4096)
committing("metadata of 4097 bytes", [(0, 5)], metadata="m" * 4097)
committing("null metadata", [(0, 5)], metadata=None)
committing("unknown member, generation 3", [(0, 5)], member="nobody", generation=3)
committing("no member, generation 3", [(0, 5)], generation=3)
committing("member, generation -1", [(0, 5)], member="nobody")
committing("same partition twice", [(0, 5), (0, 6)])
committing("no partitions", [])
committing("empty group", [(0, 5)], group="")


@at(OFFSETS, "pm", "commit by a member: right, wrong generation, wrong member; simple commit while the group is stable")
def _(connection):
    member = only_member(connection, "pm")

    def by(who, generation):
        return committed(connection.call(8, 7, commit("pm", [(0, 1)], who, generation)))
    steps = ["before sync " + by(member.id, member.generation)]
    synced(connection, "pm", member.id, member.generation, [(member.id, b"as")])
    return " -> ".join(steps + [
        "right " + by(member.id, member.generation),
        "generation+1 " + by(member.id, member.generation + 1),
        "other member " + by("nobody", member.generation),
        "simple " + by("", -1),
        "OffsetDelete while a member exists: " + offsets_deleted(connection.call(47, 0, delete_offsets("pm", 0)))])


def fetch(group, topics):
    writer = Writer().string(named(group))
    return writer.array(topics, lambda t: writer.string(t[0]).array(t[1], writer.i32))


def fetched(reader):
    def partition():
        return (f"p{reader.i32()} offset={reader.i64()} epoch={reader.i32()} meta={reader.string()!r} "
                f"{error(reader.i16())}")
    reader.i32()
    topics = reader.array(lambda: (reader.string(), reader.array(partition)))
    return f"{error(reader.i16())} " + (" ".join(" ".join(rows) for _, rows in topics) or "no topics")


def fetched_v1(reader):
    def partition():
        return f"p{reader.i32()} offset={reader.i64()} meta={reader.string()!r} {error(reader.i16())}"
    return " ".join(" ".join(rows) for _, rows in reader.array(lambda: (reader.string(), reader.array(partition))))


def fetching(name, partition, group="po", topics=lambda p: [(topic("a"), [p])]):
    ask(OFFSETS, group, "OffsetFetch v5 " + name, 9, 5, lambda: fetch(group, topics(partition)), fetched)


fetching("committed", 0)
fetching("never committed partition", 7)
fetching("all (null)", None, topics=lambda _: None)
fetching("empty list", None, topics=lambda _: [])
fetching("unknown group", 0, "pnone2")
fetching("empty group", 0, "")
fetching("unknown topic", 0, topics=lambda p: [("probe-nope", [p])])


def fetch_many(groups, member=None):
    """v8; v9 with (member id, epoch)."""
    writer = Writer()

    def one(group):
        writer.c_string(named(group))
        if member:
            writer.c_string(member[0]).i32(member[1])
        writer.c_array([topic("a")], lambda t: writer.c_string(t).c_array([0], writer.i32).tags()).tags()
    return writer.c_array(groups, one).boolean(False).tags()


def fetched_many(reader):
    def partition():
        found = reader.i32(), reader.i64(), reader.i32(), reader.c_string(), error(reader.i16()), reader.tags()
        return f"p{found[0]} offset={found[1]} {found[4]}"

    def group():
        kind = "group" if reader.c_string() else "empty"
        topics = reader.c_array(lambda: (reader.c_string(), reader.c_array(partition), reader.tags()))
        answer = (kind, " ".join(" ".join(rows) for _, rows, _ in topics), error(reader.i16()))
        reader.tags()
        return str(answer)
    reader.i32()
    return "; ".join(reader.c_array(group)) or "none"


def mate():
    """A group without offsets at the same coordinator as "po"."""
    address = coordinator(named("po"))
    return next(group for group in (f"pmate{i}" for i in range(99)) if coordinator(named(group)) == address)


ask(OFFSETS, "po", "OffsetFetch v8 two groups, one unknown", 9, 8, lambda: fetch_many(["po", mate()]), fetched_many)
ask(OFFSETS, "po", "OffsetFetch v8 no groups", 9, 8, lambda: fetch_many([]), fetched_many)
ask(OFFSETS, "po", "OffsetFetch v9 member epoch 3", 9, 9, lambda: fetch_many(["po"], ("nobody", 3)), fetched_many)


def deleting(name, group="po", partition=0, topic_name=None):
    ask(OFFSETS, group, "OffsetDelete " + name, 47, 0,
        lambda: delete_offsets("" if name == "empty group" else group, partition, topic_name), offsets_deleted)


deleting("unknown group", "pnone2")
deleting("never committed partition", partition=44)
deleting("empty group")
deleting("unknown topic", topic_name="probe-nope")
deleting("good (the only offset)")
deleting("again")


# ---------------------------------------------------------------- a broker that does not coordinate the group
def elsewhere(name, key, version, body, answer):
    """Asked only when there is more than one broker."""
    @probe(STRANGERS, name, "other")
    def _(_):
        right = coordinator(named("po"))
        wrong = next(address for address in cluster.brokers.values() if address != right)
        with Connection(wrong) as connection:
            return answer(connection.call(key, version, body()))


elsewhere("JoinGroup", 11, 5, lambda: join("po"), join_answer)
elsewhere("JoinGroup with a member id", 11, 5, lambda: join("po", "someone"), join_answer)
elsewhere("SyncGroup", 14, 3, lambda: sync("po", "x", 1), sync_answer)
elsewhere("Heartbeat", 12, 3, lambda: heartbeat("po", "x", 1), nothing_but_error)
elsewhere("LeaveGroup v0", 13, 0, lambda: Writer().string(named("po")).string("x"), lambda reader: error(reader.i16()))
elsewhere("LeaveGroup v3", 13, 3, lambda: leave("po", [("x", None)]), leave_answer)
elsewhere("DescribeGroups v4", 15, 4, lambda: describe("po"), described)
elsewhere("DescribeGroups v4 with operations", 15, 4, lambda: describe("po", operations=True), described)
elsewhere("DeleteGroups v1", 42, 1, lambda: delete("po"), deleted)
elsewhere("OffsetCommit", 8, 7, lambda: commit("po", [(0, 5), (99, 5)]), committed)
elsewhere("OffsetFetch v1", 9, 1, lambda: fetch("po", [(topic("a"), [0])]), fetched_v1)
elsewhere("OffsetFetch v5", 9, 5, lambda: fetch("po", [(topic("a"), [0])]), fetched)
elsewhere("OffsetFetch v8", 9, 8, lambda: fetch_many(["po"]), fetched_many)
elsewhere("OffsetDelete", 47, 0, lambda: delete_offsets("po", 0), offsets_deleted)
