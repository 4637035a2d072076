"""Request bodies and printed answers that several probes use."""
from batches import now
from errors import error
from wire import Reader, Writer

ZERO_ID = bytes(16)


def stamp(value):
    """A time, printed so that two runs agree."""
    return "-1" if value == -1 else "<now>" if abs(value - now()) < 600_000 else str(value)


def _join(topics):
    return " ".join(" ".join(partitions) for _, partitions in topics)


# ---------------------------------------------------------------- Produce
def produce(name, records, partition=0, acks=-1, version=8, transactional_id=None, timeout=3000):
    """`records` is one partition's bytes, or a list of (partition, bytes)."""
    writer = Writer()
    entries = records if isinstance(records, list) else [(partition, records)]
    if version >= 9:
        writer.c_string(transactional_id).i16(acks).i32(timeout)

        def one(entry):
            writer.i32(entry[0]).c_bytes(entry[1]).tags()
        return writer.c_array([name], lambda t: writer.c_string(t).c_array(entries, one).tags()).tags()
    if version >= 3:
        writer.string(transactional_id)
    writer.i16(acks).i32(timeout)
    return writer.array([name], lambda t: writer.string(t).array(
        entries, lambda entry: writer.i32(entry[0]).blob(entry[1])))


def _record_errors(errors, message):
    text = f" recordErrors={errors}" if errors else ""
    return text + (f" msg={message!r}" if message is not None else "")


def _produce_answer_flexible(reader, cluster):
    def partition():
        text = f"p{reader.i32()} {error(reader.i16())} base={reader.i64()} lat={stamp(reader.i64())}"
        text += f" start={reader.i64()}"
        errors = reader.c_array(lambda: (reader.i32(), reader.c_string(), reader.tags())[:2])
        text += _record_errors(errors, reader.c_string())
        tags = reader.tags()
        if 0 in tags:
            leader = Reader(tags[0])
            text += f" currentLeader=({cluster.known(leader.i32())},{leader.i32()})"
        return text
    topics = reader.c_array(lambda: (reader.c_string(), reader.c_array(partition), reader.tags())[:2])
    reader.i32()
    return _join(topics) + (" nodeEndpoints" if 0 in reader.tags() else "")


def produce_answer(reader, version, cluster):
    if version >= 9:
        return _produce_answer_flexible(reader, cluster)

    def partition():
        text = f"p{reader.i32()} {error(reader.i16())} base={reader.i64()}"
        if version >= 2:
            text += f" lat={stamp(reader.i64())}"
        if version >= 5:
            text += f" start={reader.i64()}"
        if version >= 8:
            errors = reader.array(lambda: (reader.i32(), reader.string()))
            text += _record_errors(errors, reader.string())
        return text
    return _join(reader.array(lambda: (reader.string(), reader.array(partition)))) or "no topics"


# ---------------------------------------------------------------- Fetch
class Fetch:
    """A Fetch request of one partition, or of `topics`: (name, partition, offset)..."""

    def __init__(self, name=None, partition=0, offset=0, replica=-1, wait=0, min_bytes=0, max_bytes=1 << 20,
                 isolation=0, session=0, session_epoch=-1, leader_epoch=-1, partition_max_bytes=1 << 20, rack="",
                 forgotten=(), topics=None, topic_id=None, last_epoch=-1):
        self.__dict__.update({key: value for key, value in locals().items() if key != "self"})
        self.topics = [(name, partition, offset)] if topics is None else topics

    def body(self, version):
        return self._flexible(version) if version >= 12 else self._plain(version)

    def _flexible(self, version):
        writer = Writer()
        if version < 15:
            writer.i32(self.replica)
        writer.i32(self.wait).i32(self.min_bytes).i32(self.max_bytes).i8(self.isolation)
        writer.i32(self.session).i32(self.session_epoch)

        def partition(entry):
            writer.i32(entry[1]).i32(self.leader_epoch).i64(entry[2]).i32(self.last_epoch).i64(-1)
            writer.i32(self.partition_max_bytes).tags()

        def one(entry):
            if version >= 13:
                writer.raw(self.topic_id)
            else:
                writer.c_string(entry[0])
            writer.c_array([entry], partition).tags()
        return writer.c_array(self.topics, one).c_array([], None).c_string(self.rack).tags()

    def _plain(self, version):
        writer = Writer().i32(self.replica).i32(self.wait).i32(self.min_bytes).i32(self.max_bytes).i8(self.isolation)
        writer.i32(self.session).i32(self.session_epoch)

        def partition(entry):
            writer.i32(entry[1])
            if version >= 9:
                writer.i32(self.leader_epoch)
            writer.i64(entry[2]).i64(-1).i32(self.partition_max_bytes)
        writer.array(self.topics, lambda entry: writer.string(entry[0]).array([entry], partition))
        writer.array(list(self.forgotten), lambda entry: writer.string(entry[0]).array(entry[1], writer.i32))
        return writer.string(self.rack) if version >= 11 else writer


def fetch_answer(reader, version, cluster):
    """The session's id and the printed answer."""
    reader.i32()
    code, session = reader.i16(), reader.i32()
    flexible = version >= 12
    array = reader.c_array if flexible else reader.array
    tags = reader.tags if flexible else dict

    def partition():
        text = f"p{reader.i32()} {error(reader.i16())} hw={reader.i64()} lso={reader.i64()} start={reader.i64()}"
        aborted = array(lambda: (reader.i64(), reader.i64(), tags()))
        text += f" aborted={'null' if aborted is None else len(aborted)}"
        preferred = reader.i32() if version >= 11 else -1
        text += "" if preferred == -1 else f" preferredReadReplica={cluster.known(preferred)}"
        records = reader.c_bytes() if flexible else reader.blob()
        text += f" records={'null' if records is None else f'{len(records)}B'}"
        found = tags()
        if 0 in found:
            epoch = Reader(found[0])
            text += f" divergingEpoch=({epoch.i32()},{epoch.i64()})"
        if 1 in found:
            leader = Reader(found[1])
            text += f" currentLeader=({cluster.known(leader.i32())},{leader.i32()})"
        return text

    def name():
        return reader.take(16) if version >= 13 else reader.c_string() if flexible else reader.string()
    topics = array(lambda: (name(), array(partition), tags())[:2])
    shown = " | ".join(" ".join(partitions) for _, partitions in topics) or "no topics"
    endpoints = " nodeEndpoints" if 0 in tags() else ""
    return session, f"{error(code)} session={'new' if session else 0} {shown}{endpoints}"


# ---------------------------------------------------------------- ListOffsets, OffsetForLeaderEpoch
def list_offsets(name, timestamp, partition=0, version=5, leader_epoch=-1, isolation=0, replica=-1):
    writer = Writer().i32(replica).i8(isolation)

    def one(_):
        writer.i32(partition).i32(leader_epoch).i64(timestamp)
        if version >= 6:
            writer.tags()
    if version >= 6:
        return writer.c_array([0], lambda _: writer.c_string(name).c_array([0], one).tags()).tags()
    return writer.array([0], lambda _: writer.string(name).array([0], one))


def list_offsets_answer(reader, version):
    flexible = version >= 6
    array = reader.c_array if flexible else reader.array
    reader.i32()

    def partition():
        text = f"p{reader.i32()} {error(reader.i16())} ts={stamp(reader.i64())}"
        text += f" offset={reader.i64()} leaderEpoch={reader.i32()}"
        if flexible:
            reader.tags()
        return text

    def one():
        found = reader.c_string() if flexible else reader.string(), array(partition)
        if flexible:
            reader.tags()
        return found
    return _join(array(one))


def offset_for_leader_epoch(name, partition, current_epoch, epoch):
    return Writer().i32(-1).i32(1).string(name).i32(1).i32(partition).i32(current_epoch).i32(epoch)


def offset_for_leader_epoch_answer(reader):
    reader.i32()

    def partition():
        return f"{error(reader.i16())} p{reader.i32()} leaderEpoch={reader.i32()} endOffset={reader.i64()}"
    return _join(reader.array(lambda: (reader.string(), reader.array(partition))))


# ---------------------------------------------------------------- Metadata
def metadata(topics, auto_create=False, version=8, operations=False):
    """From v9 on a topic may be a (name, id)."""
    writer = Writer()
    if version < 9:
        writer.array(topics, writer.string)
        if version >= 4:
            writer.boolean(auto_create)
        return writer.boolean(operations).boolean(operations) if version >= 8 else writer

    def one(entry):
        name, topic_id = entry if isinstance(entry, tuple) else (entry, ZERO_ID)
        if version >= 10:
            writer.raw(topic_id)
        writer.c_string(name).tags()
    writer.c_array(topics, one).boolean(auto_create)
    if version <= 10:
        writer.boolean(operations)
    return writer.boolean(operations).tags()


def read_metadata(reader, version):
    flexible = version >= 9
    array = reader.c_array if flexible else reader.array
    string = reader.c_string if flexible else reader.string
    tags = reader.tags if flexible else dict

    def since(first, read):
        return read() if version >= first else None

    def broker():
        found = reader.i32(), string(), reader.i32(), since(1, string)
        tags()
        return found

    def partition():
        found = {"error": reader.i16(), "id": reader.i32(), "leader": reader.i32()}
        since(7, reader.i32)
        found["replicas"], found["isr"] = array(reader.i32), array(reader.i32)
        since(5, lambda: array(reader.i32))
        tags()
        return found

    def topic():
        found = {"error": reader.i16(), "name": string(), "id": since(10, lambda: reader.take(16))}
        since(1, reader.i8)
        found["partitions"] = array(partition)
        found["operations"] = since(8, reader.i32)
        tags()
        return found
    since(3, reader.i32)
    brokers = array(broker)
    since(2, string)
    controller = since(1, reader.i32)
    found = {"brokers": brokers, "controller": controller, "topics": array(topic)}
    return found | {"operations": reader.i32() if 8 <= version <= 10 else None}


def metadata_answer(reader, version):
    found = read_metadata(reader, version)

    def shown(topic):
        with_id = version >= 10 and topic["id"] != ZERO_ID
        return f"{topic['name']!r} {error(topic['error'])} parts={len(topic['partitions'])}{' id' if with_id else ''}"
    topics = found["topics"]
    return f"brokers={len(found['brokers'])} " + (
        "; ".join(shown(topic) for topic in topics) if len(topics) < 4 else "4+ topics")


# ---------------------------------------------------------------- topics
def create_topics(topics, version=4, timeout=10000, validate=False):
    """(name, partitions, replicas, assignment, configs)..."""
    writer = Writer()
    flexible = version >= 5
    array = writer.c_array if flexible else writer.array
    string = writer.c_string if flexible else writer.string

    def tags():
        if flexible:
            writer.tags()

    def assigned(entry):
        writer.i32(entry[0])
        array(entry[1], writer.i32)
        tags()

    def config(entry):
        string(entry[0])
        string(entry[1])
        tags()

    def one(entry):
        name, partitions, replicas, assignment, configs = entry
        string(name)
        writer.i32(partitions).i16(replicas)
        array(assignment, assigned)
        array(configs, config)
        tags()
    array(topics, one)
    writer.i32(timeout)
    if version >= 1:
        writer.boolean(validate)
    tags()
    return writer


def _create_topics_answer_flexible(reader, version):
    def config():
        return reader.c_string(), reader.c_string(), reader.i8(), reader.i8(), reader.i8(), reader.tags()

    def one():
        text = str(reader.c_string())
        if version >= 7:
            text += " zero-id" if reader.take(16) == ZERO_ID else " id"
        text += f" {error(reader.i16())}"
        message = reader.c_string()
        text += "" if message is None else f" msg={message!r}"
        text += f" n={reader.i32()} rf={reader.i16()}"
        configs = reader.c_array(config)
        reader.tags()
        return text + f" configs={'null' if configs is None else len(configs)}"
    return "; ".join(reader.c_array(one))


def create_topics_answer(reader, version):
    if version >= 2:
        reader.i32()
    if version >= 5:
        return _create_topics_answer_flexible(reader, version)

    def one():
        text = f"{reader.string()} {error(reader.i16())}"
        message = reader.string() if version >= 1 else None
        return text if message is None else f"{text} msg={message!r}"
    return "; ".join(reader.array(one)) or "no topics"


def delete_topics(names, timeout=5000):
    writer = Writer()
    return writer.array(names, writer.string).i32(timeout)


def delete_topics_v6(entries, timeout=5000):
    """(name, id)..."""
    writer = Writer()
    return writer.c_array(entries, lambda e: writer.c_string(e[0]).raw(e[1]).tags()).i32(timeout).tags()


# ---------------------------------------------------------------- producer ids
def init_producer_id(transactional_id=None, timeout=60000):
    return Writer().string(transactional_id).i32(timeout)
