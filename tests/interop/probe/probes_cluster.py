"""DescribeCluster, authorized operations, stale requests of a controller, producer ids without a transaction."""
from cluster import ask, cluster, topic
from errors import error
from messages import metadata, read_metadata
from wire import Writer

CLUSTER = "Cluster"
OPERATIONS = "Authorized operations (no authorizer)"
PRODUCER_IDS = "Producer ids (no transactional id)"


def described(reader, with_endpoint_type):
    def broker():
        return reader.i32(), reader.c_string(), reader.i32(), reader.c_string(), reader.tags()
    reader.i32()
    text = f"{error(reader.i16())} msg={reader.c_string()!r}"
    text += f" type={reader.i8()}" if with_endpoint_type else ""
    text += f" clusterId={'set' if reader.c_string() else None}"
    text += f" controller={cluster.known(reader.i32())}"
    return text + f" brokers={len(reader.c_array(broker))} ops={reader.i32()}"


ask(CLUSTER, "DescribeCluster v0", 60, 0, Writer().boolean(False).tags(), lambda r: described(r, False))
ask(CLUSTER, "DescribeCluster v0 with authorized operations", 60, 0, Writer().boolean(True).tags(),
    lambda r: described(r, False))
for kind, what in ((1, ""), (2, " (controllers)"), (7, "")):
    ask(CLUSTER, f"DescribeCluster v1 endpoint type {kind}{what}", 60, 1, Writer().boolean(False).i8(kind).tags(),
        lambda r: described(r, True))


def from_controller(broker_epoch):
    """Controller 1 in epoch 0."""
    return Writer().i32(1).i32(0).i64(broker_epoch)


def code_and_count(reader):
    return f"{error(reader.i16())} n={reader.i32()}"


def code(reader):
    return error(reader.i16())


ask(CLUSTER, "LeaderAndIsr v2, controller epoch 0 (stale)", 4, 2, from_controller(-1).i32(0).i32(0), code_and_count)
ask(CLUSTER, "LeaderAndIsr v2, broker epoch 1 (stale)", 4, 2, from_controller(1).i32(0).i32(0), code_and_count)
ask(CLUSTER, "StopReplica v1, controller epoch 0", 5, 1, from_controller(-1).boolean(False).i32(0), code_and_count)
ask(CLUSTER, "UpdateMetadata v5, controller epoch 0", 6, 5, from_controller(-1).i32(0).i32(0), code)
ask(CLUSTER, "UpdateMetadata v5, stale broker epoch", 6, 5, from_controller(1).i32(0).i32(0), code)


def operations(name, version, wanted=True):
    def answer(reader):
        found = read_metadata(reader, version)
        topics = ", ".join(f"{t['name']}={t['operations']}" for t in found["topics"])
        return f"cluster={found['operations']} {topics}"
    ask(OPERATIONS, name, 3, version,
        lambda: metadata([topic("a"), "probe-nope", "a b"], version=version, operations=wanted), answer)


for v in (8, 10, 12):
    operations(f"Metadata v{v}", v)
operations("Metadata v8, not asked for", 8, False)


def producer_id(name, version, timeout=60000, current=-1, current_epoch=-1, transactional_id=None):
    def answer(reader):
        reader.i32()
        text = error(reader.i16())
        given = reader.i64()
        return f"{text} id={'new' if given >= 0 else given} epoch={reader.i16()}"
    writer = Writer()
    if version >= 2:
        writer.c_string(transactional_id).i32(timeout)
    else:
        writer.string(transactional_id).i32(timeout)
    if version >= 3:
        writer.i64(current).i16(current_epoch)
    if version >= 2:
        writer.tags()
    ask(PRODUCER_IDS, name, 22, version, writer, answer)


for v in range(6):
    producer_id(f"v{v}", v)
producer_id("timeout 0", 1, timeout=0)
producer_id("timeout -1", 1, timeout=-1)
producer_id("empty transactional id", 1, transactional_id="")
producer_id("v3 with a producer id", 3, current=5, current_epoch=0)
producer_id("v3 with a producer id, no epoch", 3, current=5)
producer_id("v3 with an epoch, no producer id", 3, current_epoch=3)
