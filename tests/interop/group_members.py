"""Members of consumer groups that do just what they are told, so that a group stays in the state a test wants."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "probe"))
from wire import Connection, Writer, frame, header  # noqa: E402

OFFSET_COMMIT, FIND_COORDINATOR, JOIN, LEAVE, SYNC, DESCRIBE = 8, 10, 11, 13, 14, 15
RETRIABLE = {14: "loading", 15: "not available", 16: "moved"}
MEMBER_ID_REQUIRED = 79
SESSION_MS = 300_000  # nobody sends heartbeats


def coordinator(server, group):
    """Asks until there is one: the first group of a cluster waits for the topic of the offsets to be made."""
    while True:
        with Connection(server) as connection:
            answer = connection.call(FIND_COORDINATOR, 0, Writer().string(group))
            code, _, host, port = answer.i16(), answer.i32(), answer.string(), answer.i32()
        if code == 0:
            return host, port
        assert code in RETRIABLE, code


def state(address, group):
    with Connection(address) as connection:
        answer = connection.call(DESCRIBE, 0, Writer().i32(1).string(group))
    assert (answer.i32(), answer.i16(), answer.string()) == (1, 0, group)
    return answer.string()


class Member:
    """One connection to the group's coordinator. `start_` sends a request whose answer the group keeps back; `end_`
    takes the answer."""

    def __init__(self, server, group, client="c", instance=None, topics=("t",), protocol=("consumer", "range")):
        self.group, self.client, self.instance, self.topics, self.protocol = group, client, instance, topics, protocol
        self.address = coordinator(server, group)
        self.connection = Connection(self.address, timeout=60)
        self.id, self.generation = "", -1

    def _send(self, key, version, body):
        self.connection.send_raw(frame(header(key, version, 7, self.client) + bytes(body.bytes)))

    def _call(self, key, version, body):
        self._send(key, version, body)
        return self.connection.receive(key, version)

    def start_join(self):
        kind, name = self.protocol
        subscribed = Writer().i16(0)
        subscribed.array(self.topics, subscribed.string).blob(None)
        body = Writer().string(self.group).i32(SESSION_MS).i32(SESSION_MS).string(self.id).string(self.instance)
        body.string(kind).array([name], lambda n: body.string(n).blob(bytes(subscribed.bytes)))
        self._send(JOIN, 5, body)

    def join_others(self):
        """Begins to join a group that has members; returns when the group has begun to wait for them."""
        self.start_join()
        if self.instance is None:  # the first answer is only a member id
            assert self.end_join() == MEMBER_ID_REQUIRED
            self.start_join()
        while state(self.address, self.group) != "PreparingRebalance":
            pass

    def end_join(self):
        answer = self.connection.receive(JOIN, 5)
        answer.i32()
        code, self.generation = answer.i16(), answer.i32()
        answer.string()  # the protocol
        answer.string()  # the leader
        self.id = answer.string()
        return code

    def join(self):
        """As Kafka's clients do: the first attempt may only give a member id."""
        code = None
        while code is None or code == MEMBER_ID_REQUIRED or code in RETRIABLE:
            self.start_join()
            code = self.end_join()
        assert code == 0, code
        return self

    def sync(self, assignments=None):
        """`assignments`, from the leader: member id -> {topic: partitions}, or nothing for an assignment of no bytes."""
        body = Writer().string(self.group).i32(self.generation).string(self.id).string(self.instance)
        body.array(list((assignments or {}).items()), lambda item: body.string(item[0]).blob(assignment(item[1])))
        answer = self._call(SYNC, 3, body)
        answer.i32()
        code = answer.i16()
        assert code == 0, code

    def leave(self):
        body = Writer().string(self.group).i32(1).string(self.id).string(self.instance)
        answer = self._call(LEAVE, 3, body)
        answer.i32()
        assert answer.i16() == 0


def assignment(partitions):
    if partitions is None:
        return b""
    body = Writer().i16(0)
    body.array(list(partitions.items()), lambda item: body.string(item[0]).array(item[1], body.i32)).blob(None)
    return bytes(body.bytes)


def commit(server, group, offsets, member=None):
    """(topic, partition) -> offset; without a member as a consumer that has no part in the group's protocol."""
    address = coordinator(server, group)
    body = Writer().string(group).i32(member.generation if member else -1).string(member.id if member else "").i64(-1)
    body.array(list(offsets.items()), lambda item: body.string(item[0][0]).array(
        [item], lambda one: body.i32(one[0][1]).i64(one[1]).string("")))
    codes = None
    while codes is None or any(code in RETRIABLE for code in codes):
        with Connection(address, timeout=60) as connection:
            answer = connection.call(OFFSET_COMMIT, 2, body)
        codes = [code for topic in answer.array(lambda: (answer.string(), answer.array(
            lambda: (answer.i32(), answer.i16())[1]))[1]) for code in topic]
    assert not any(codes), codes
