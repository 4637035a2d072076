#!/usr/bin/env python3
"""The notes' first walk, on three brokers: a topic with three replicas, one message, the same bytes everywhere; then
10,000 records, after which any two brokers are killed and the third serves every one of them.
"""
import itertools
import re
import subprocess

import clients
import segments
from harness import BIN, Cluster, wait_until
from records import check

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")

RECORDS = 10_000
# What kafka-dump-log prints of the one message; only times and checksum differ from run to run.
DUMPED = re.compile(
    r"Log starting offset: 0\n"
    r"baseOffset: 0 lastOffset: 0 count: 1 baseSequence: -1 lastSequence: -1 producerId: -1 producerEpoch: -1 "
    r"partitionLeaderEpoch: 0 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 0 "
    r"CreateTime: \d+ size: 81 magic: 2 compresscodec: none crc: \d+ isvalid: true\n"
    r"\| offset: 0 CreateTime: \d+ keySize: -1 valueSize: 13 sequence: -1 headerKeys: \[\] payload: test message1\n")


def tool(name, *words):
    ran = subprocess.run([BIN / name, *words], capture_output=True, text=True, check=False, timeout=60)
    if ran.returncode:
        raise RuntimeError(f"{name} {' '.join(words)} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def describe(cluster, topic):
    up = ",".join(b.bootstrap for b in cluster.brokers if b.process.poll() is None)
    return tool("kafka-topics.sh", "--bootstrap-server", up, "--topic", topic, "--describe")


def state(cluster, topic):
    """(leader, replicas, in-sync replicas) of partition 0."""
    found = re.search(r"Partition: 0\tLeader: (\w+)\tReplicas: ([\d,]+)\tIsr: ([\d,]*)", describe(cluster, topic))
    ids = [[int(n) for n in found.group(k).split(",") if n] for k in (2, 3)]
    return found.group(1), ids[0], ids[1]


def in_sync(cluster, topic):
    return sorted(state(cluster, topic)[2])


def produce(cluster, topic, values, **settings):
    failed = []
    producer = confluent.Producer({"bootstrap.servers": cluster.bootstrap, "acks": "all", "message.timeout.ms": 30000,
                                   "log_level": 0} | settings)
    for value in values:
        producer.produce(topic, value, partition=0, on_delivery=lambda error, _: error and failed.append(error))
        producer.poll(0)
    check("records left", topic, producer.flush(60), 0)
    check("failures", topic, failed[:3], [])


def read(cluster, topic, count):
    up = ",".join(b.bootstrap for b in cluster.brokers if b.process.poll() is None)
    consumer = confluent.Consumer({"bootstrap.servers": up, "group.id": "unused", "enable.auto.commit": False,
                                   "auto.offset.reset": "error", "log_level": 0})
    consumer.assign([confluent.TopicPartition(topic, 0, 0)])
    values = []
    while len(values) < count:
        messages = consumer.consume(count - len(values), 30)
        check("silence", topic, bool(messages), True)
        for message in messages:
            check("error", topic, message.error(), None)
            values.append(message.value())
    consumer.close()
    return values


def log_bytes(broker, topic):
    return b"".join(s.data for s in segments.read_partition(broker.data / f"{topic}-0"))


def same_everywhere(cluster, topic):
    end = len(log_bytes(cluster.brokers[0], topic))
    wait_until("every replica to have all", lambda: all(len(log_bytes(b, topic)) == end for b in cluster.brokers))
    check("different logs", topic, len({log_bytes(b, topic) for b in cluster.brokers}), 1)


def the_notes_walk(cluster):
    topic = "peter-test01"
    made = tool("kafka-topics.sh", "--bootstrap-server", cluster.bootstrap, "--create", "--topic", topic,
                "--partitions", "1", "--replication-factor", "3")
    check("--create", topic, made, f"Created topic {topic}.\n")
    lines = describe(cluster, topic).splitlines()
    head = rf"Topic: {topic}\tTopicId: \S{{22}}\tPartitionCount: 1\tReplicationFactor: 3\tConfigs: .*"
    check("--describe", lines[0], bool(re.fullmatch(head, lines[0])), True)
    leader, replicas, isr = state(cluster, topic)
    check("replicas", topic, sorted(replicas), [1, 2, 3])
    check("the preferred leader leads", topic, leader, str(replicas[0]))
    check("in sync", topic, sorted(isr), [1, 2, 3])
    produce(cluster, topic, [b"test message1"])
    same_everywhere(cluster, topic)
    for broker in cluster.brokers:
        path = broker.data / f"{topic}-0" / "00000000000000000000.log"
        dumped = tool("kafka-dump-log.sh", "--print-data-log", "--files", str(path))
        head, rest = dumped.split("\n", 1)
        check("first line", broker.id, head, f"Dumping {path}")
        check("dump", broker.id, bool(DUMPED.match(rest)) or rest, True)


def the_leader_epoch(cluster):
    """peter-test02 of the notes: two replicas; a new leader notes where its epoch begins."""
    topic = "peter-test02"
    tool("kafka-topics.sh", "--bootstrap-server", cluster.bootstrap, "--create", "--topic", topic, "--partitions", "1",
         "--replication-factor", "2")
    produce(cluster, topic, [b"message1"])
    leader, replicas, _ = state(cluster, topic)
    by_id = {broker.id: broker for broker in cluster.brokers}
    checkpoint = f"{topic}-0/leader-epoch-checkpoint"
    check("epochs", topic, (by_id[int(leader)].data / checkpoint).read_text(), "0\n1\n0 0\n")
    by_id[int(leader)].kill()
    wait_until("another leader", lambda: state(cluster, topic)[0] not in (leader, "none"))
    produce(cluster, topic, [b"message2"])
    by_id[int(leader)].start()
    wait_until("all to be in sync", lambda: in_sync(cluster, topic) == sorted(replicas))
    for replica in replicas:
        epochs = (by_id[replica].data / checkpoint).read_text().split("\n")
        check("epochs", replica, epochs[2], "0 0")
        check("start of the last epoch", replica, epochs[-2].split(" ")[1], "1")


def any_two_may_die(cluster):
    topic = "survivors"
    tool("kafka-topics.sh", "--bootstrap-server", cluster.bootstrap, "--create", "--topic", topic, "--partitions", "1",
         "--replication-factor", "3")
    values = [b"record %d" % n for n in range(RECORDS)]
    produce(cluster, topic, values)
    for dead in itertools.combinations(cluster.brokers, 2):
        for broker in dead:
            broker.kill()
        survivor = next(b for b in cluster.brokers if b not in dead)
        wait_until("the third to lead", lambda: state(cluster, topic)[0] == str(survivor.id))
        check("every record is served", survivor.id, read(cluster, topic, RECORDS) == values, True)
        for broker in dead:
            broker.start()
        wait_until("all to be in sync", lambda: in_sync(cluster, topic) == [1, 2, 3])
    same_everywhere(cluster, topic)


def main():
    with Cluster(brokers=3, first_id=1, properties={"replica.lag.time.max.ms": "2000"}) as cluster:
        the_notes_walk(cluster)
        the_leader_epoch(cluster)
        any_two_may_die(cluster)


main()
