"""ControlledShutdown, AlterPartition, AllocateProducerIds: what the controller says to brokers that are not there."""
from cluster import ask, cluster
from errors import error
from wire import Writer

BROKERS = "Brokers that are not there"
NOBODY = 99


def shutdown(broker, epoch, version):
    body = Writer().i32(broker)
    if version >= 2:
        body.i64(epoch)
    return body.tags() if version >= 3 else body


def shut_down(version):
    def answer(reader):
        code = error(reader.i16())
        count = reader.varint() - 1 if version >= 3 else reader.i32()
        return f"{code} n={count}"
    return answer


def leave(name, broker, epoch, version=3, to="controller"):
    ask(BROKERS, f"ControlledShutdown v{version}, {name}", 7, version, lambda: shutdown(broker(), epoch, version),
        shut_down(version), to)


def alter_partition(broker, epoch, version):
    """Of one partition of a topic that nobody knows; leader epoch, ISR, recovery, partition epoch."""
    def of_partition(_):
        body.i32(0).i32(0).c_array([broker], lambda b: body.i32(b).i64(-1).tags() if version >= 3 else body.i32(b))
        if version >= 1:
            body.i8(0)
        body.i32(0).tags()

    def of_topic(_):
        if version < 2:
            body.c_string("probe-nope")
        else:
            body.raw(bytes(15) + b"\x09")
        body.c_array([0], of_partition).tags()
    body = Writer().i32(broker).i64(epoch)
    return body.c_array([0], of_topic).tags()


def altered(reader):
    reader.i32()
    return f"{error(reader.i16())} topics={reader.varint() - 1}"


def alter(name, broker, epoch, version=3, to="controller"):
    ask(BROKERS, f"AlterPartition v{version}, {name}", 56, version, lambda: alter_partition(broker(), epoch, version),
        altered, to)


def allocated(reader):
    reader.i32()
    return f"{error(reader.i16())} first={reader.i64()} n={reader.i32()}"


def allocate(name, broker, epoch, to="controller"):
    ask(BROKERS, f"AllocateProducerIds, {name}", 67, 0, lambda: Writer().i32(broker()).i64(epoch).tags(), allocated, to)


def nobody():
    return NOBODY


def somebody():
    return cluster.first_broker()


for v in (1, 2, 3):
    leave("unknown broker", nobody, -1, v)
leave("unknown broker with an epoch", nobody, 1)
leave("an earlier life of a broker", somebody, 1)
leave("to a non-controller", nobody, -1, to="other")
for v in (0, 1, 2, 3):
    alter("unknown broker", nobody, 1, v)
    alter("an earlier life of a broker", somebody, 1, v)
alter("no epoch", somebody, -1)
alter("to a non-controller", nobody, 1, to="other")
allocate("unknown broker", nobody, 1)
allocate("an earlier life of a broker", somebody, 1)
allocate("to a non-controller", nobody, 1, to="other")
