#!/usr/bin/env python3
"""The disk of one broker of three fills up under load: the broker gives up its only log directory and ends, as Kafka's
does, the others go on and nothing acknowledged is lost; with space again it starts on what it has and is whole."""
import json
import subprocess

import clients
from harness import Cluster, wait_until
from records import check

admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")
confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
kazoo = clients.module("kazoo.client", "python3-kazoo")

TOPIC = "filling"
PARTITIONS = 6
RECORDS = 9000
VALUE = bytes(range(256)) * 40  # 10 KiB: all of them are more than the small disk takes
SMALL, LARGE = "40m", "400m"


class SmallDisk:
    """A disk of 40 MiB in memory, mounted where the broker's log directory is."""

    def __init__(self, directory):
        self.directory = directory

    def __enter__(self):
        self.directory.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "barnabas-test", self.directory], check=True)
        return self

    def grow(self):
        subprocess.run(["mount", "-o", f"remount,size={LARGE}", self.directory], check=True)

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.directory], check=True)


def create(cluster):
    client = admin.AdminClient({"bootstrap.servers": cluster.bootstrap})
    new = admin.NewTopic(TOPIC, num_partitions=PARTITIONS, replication_factor=3,
                         config={"segment.bytes": str(4 << 20), "segment.index.bytes": "4096"})
    for created in client.create_topics([new], operation_timeout=30).values():
        created.result()


def produce(cluster):
    """(partition, offset) -> the key it was acknowledged for."""
    acknowledged, failed = {}, []

    def delivered(error, message):
        if error:
            failed.append(error)
        else:
            acknowledged[message.partition(), message.offset()] = message.key()
    producer = confluent.Producer({"bootstrap.servers": cluster.bootstrap, "acks": "all", "log_level": 0,
                                   "enable.idempotence": True, "queue.buffering.max.messages": 500})
    for number in range(RECORDS):
        while True:
            try:
                producer.produce(TOPIC, VALUE, key=str(number), partition=number % PARTITIONS, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(1)
    check("records left unsent", TOPIC, producer.flush(120), 0)
    check("failed deliveries", TOPIC, failed, [])
    check("acknowledged records", TOPIC, len(set(acknowledged.values())), RECORDS)
    return acknowledged


def read(cluster):
    """What kcat finds at each (partition, offset)."""
    found = {}
    command = [clients.program("kcat", "kcat"), "-q", "-C", "-b", cluster.bootstrap, "-t", TOPIC, "-o", "beginning", "-e",
               "-f", "%p %o %k %S\\n"]
    for line in subprocess.run(command, check=True, capture_output=True, timeout=120).stdout.splitlines():
        partition, offset, key, size = line.split()
        check("size", line, int(size), len(VALUE))
        found[int(partition), int(offset)] = key
    return found


def in_sync(zookeeper):
    path = f"/brokers/topics/{TOPIC}/partitions"
    return [set(json.loads(zookeeper.get(f"{path}/{p}/state")[0])["isr"]) for p in range(PARTITIONS)]


def story(cluster, broker, disk, zookeeper):
    create(cluster)
    wait_until("whole ISRs", lambda: all(len(isr) == 3 for isr in in_sync(zookeeper)))
    acknowledged = produce(cluster)
    wait_until("the end of the broker whose disk is full", lambda: broker.process.poll() is not None)
    check("exit code of the broker whose disk is full", broker.id, broker.process.returncode, 1)
    check("its complaint", broker.id, "No space left on device" in broker.text(), True)
    wait_until("ISRs without it", lambda: all(broker.id not in isr for isr in in_sync(zookeeper)))
    check("records lost", TOPIC, acknowledged.items() - read(cluster).items(), set())
    disk.grow()
    broker.start()
    wait_until("whole ISRs", lambda: all(len(isr) == 3 for isr in in_sync(zookeeper)))
    for other in cluster.brokers:
        if other is not broker:
            other.stop()
    check("records lost where the disk was full", TOPIC, acknowledged.items() - read(cluster).items(), set())


def main():
    with Cluster(brokers=3, first_id=1, properties={"min.insync.replicas": "2"}) as cluster:
        broker = cluster.brokers[1]
        broker.stop()
        broker.properties["log.dirs"] = str(broker.directory / "small")
        with SmallDisk(broker.directory / "small") as disk:
            broker.start()
            zookeeper = kazoo.KazooClient(cluster.zookeeper.address)
            zookeeper.start()
            story(cluster, broker, disk, zookeeper)
            zookeeper.stop()
            broker.kill()
    print("ok")


if __name__ == "__main__":
    main()
