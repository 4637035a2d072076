#!/usr/bin/env python3
"""A real 3.9.1 broker starts on the directories of ours, after a clean stop and after kill -9, and serves every record
and appends; then ours on its. One ZooKeeper, one id, one port throughout."""
import clients
import dump_log_against_apache as dumps
from apache_broker import ApacheBroker
from harness import Cluster, wait_until
from records import PARTITIONS, check, headers_of, key_of, mix, timestamp_of, value_of

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
PER_STEP = 2000  # of each topic: every broker appends as many, in the codec of the topic


def topic(codec):
    return f"handed-over-{codec}"


def append(bootstrap, codec, start):
    failed = []
    producer = confluent.Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 20,
                                   "enable.idempotence": True, "batch.size": 65536})
    for i in range(start, start + PER_STEP):
        h = mix(i)
        producer.produce(topic(codec), value=value_of(h), key=key_of(h), partition=i % PARTITIONS,
                         timestamp=timestamp_of(i, h), headers=headers_of(i, h),
                         on_delivery=lambda error, _: failed.append(error) if error else None)
    check("records left unsent", codec, producer.flush(60), 0)
    check("delivery errors", codec, failed[:3], [])


def read_back(bootstrap, codec, total):
    consumer = confluent.Consumer({"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False,
                                   "auto.offset.reset": "error", "fetch.wait.max.ms": 50})
    consumer.assign([confluent.TopicPartition(topic(codec), p, confluent.OFFSET_BEGINNING) for p in range(PARTITIONS)])
    seen = 0
    while seen < total:
        messages = consumer.consume(2000, 20)
        check("silence", codec, bool(messages), True)
        for message in messages:
            check("error", codec, message.error(), None)
            i = message.partition() + PARTITIONS * message.offset()
            h = mix(i)
            check("record", i, (message.key(), message.value(), message.headers() or [], message.timestamp()[1]),
                  (key_of(h), value_of(h), headers_of(i, h), timestamp_of(i, h)))
        seen += len(messages)
    check("number of records", codec, seen, total)
    consumer.close()


class Story:
    """One log, many brokers: each step reads what all before it wrote, appends, and reads it back."""

    def __init__(self, cluster):
        self.ours = cluster.broker
        self.apache = ApacheBroker(self.ours)
        cluster.brokers.append(self.apache)  # so that it is ended in any case
        self.total = 0

    def serve(self, who):
        if self.total:
            self.read(who)
        for codec in CODECS:
            append(self.ours.bootstrap, codec, self.total)
        self.total += PER_STEP
        self.read(who)

    def read(self, who):
        for codec in CODECS:
            read_back(self.ours.bootstrap, codec, self.total)
        print(f"{who}: {self.total * len(CODECS)} records read", flush=True)

    def hand_over(self, old, new, end):
        """`end` is how `old` goes; after kill -9 the session it leaves behind runs out while `new` waits for it."""
        end(old)
        begin = new.log.stat().st_size if new.log.exists() else 0
        wait_until("the old session's end", lambda: not self.registered())
        new.start()
        return new.text(begin)

    def registered(self):
        return self.zookeeper.exists(f"/brokers/ids/{self.ours.id}") is not None


def healthy(log, clean):
    """What Apache says while it loads our directories."""
    bad = [line for line in log.splitlines() if "] ERROR" in line or "orrupt" in line or "] FATAL" in line]
    check("complaints of the Apache broker", "", bad[:5], [])
    skipped = "Skipping recovery of" in log
    check("recovery skipped after a clean stop only", "", skipped, clean)


def dumped_alike(directory):
    """Both dump tools on every segment, index and snapshot, written by one broker or by the other."""
    wanted = {".log": "--deep-iteration --files", ".index": "--files", ".timeindex": "--files", ".snapshot": "--files"}
    files = [p for p in sorted(directory.glob("handed-over-*/*")) if p.suffix in wanted and p.stat().st_size > 0]
    lines = [f"{wanted[p.suffix]} {p.relative_to(directory)}" for p in files]
    check("dumps", directory, dumps.compare("files of both brokers", lines, directory), True)


def main():
    kazoo = clients.module("kazoo.client", "python3-kazoo")
    properties = {"num.partitions": str(PARTITIONS), "log.retention.ms": "-1", "log.segment.bytes": "262144"}
    with Cluster(properties=properties) as cluster:
        story = Story(cluster)
        story.zookeeper = kazoo.KazooClient(cluster.zookeeper.address)
        story.zookeeper.start()
        ours, apache = story.ours, story.apache
        story.serve("ours")
        healthy(story.hand_over(ours, apache, lambda b: b.stop()), clean=True)
        story.serve("Apache's after our clean stop")
        story.hand_over(apache, ours, lambda b: b.stop())
        story.serve("ours after its clean stop")
        healthy(story.hand_over(ours, apache, lambda b: b.kill()), clean=False)
        story.serve("Apache's after our kill -9")
        story.hand_over(apache, ours, lambda b: b.kill())
        story.serve("ours after its kill -9")
        story.zookeeper.stop()
        ours.stop()
        dumped_alike(ours.data)


main()
