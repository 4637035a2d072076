#!/usr/bin/env python3
"""Three brokers and a ZooKeeper quorum of three in bad weather, for so many minutes. Two of Apache's VerifiableProducers
write with acks=-1 all the while (one as the tool is, without retries; one idempotent), and one after the other, in an order
that the seed decides: a broker is killed with -9 and comes back; a broker stops breathing until its ZooKeeper session has
ended and then goes on; a broker is restarted cleanly; a ZooKeeper server is killed and comes back. After each step the
cluster must become whole again.

In the end every acknowledged value stands exactly where its acknowledgement said, in the order it was sent; what the
idempotent producer sent stands there once; and all replicas have the same bytes.

    storm.py [MINUTES]          one round of the four at least; BARNABAS_STORM_SEED repeats an order
"""
import collections
import os
import random
import sys
import time

import clients
import segments
from harness import Cluster, Quorum, wait_until
from records import check
from verifiable_producer import IDEMPOTENT, VerifiableProducer
from weather import Weather

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")

TOPIC = "storm"
PARTITIONS = 6
PER_SECOND = 250
SEED = int(os.environ.get("BARNABAS_STORM_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
PROPERTIES = {"min.insync.replicas": "2", "default.replication.factor": "3", "replica.lag.time.max.ms": "4000",
              "log.segment.bytes": "1048576"}


class Storm:
    def __init__(self, cluster):
        self.cluster = cluster
        self.weather = Weather(cluster, SEED, {TOPIC: PARTITIONS})
        self.done = collections.Counter()
        client = admin.AdminClient({"bootstrap.servers": cluster.bootstrap})
        wait_until("three brokers", lambda: len(client.list_topics(timeout=20).brokers) == 3)
        client.create_topics([admin.NewTopic(TOPIC, PARTITIONS, 3)])[TOPIC].result(60)
        self.producers = [VerifiableProducer(cluster, TOPIC, 1, PER_SECOND, {}),
                          VerifiableProducer(cluster, TOPIC, 2, PER_SECOND, IDEMPOTENT)]

    def settle(self):
        wait_until("a whole cluster", self.weather.whole)
        for producer in self.producers:
            producer.goes_on()

    def rage(self, minutes):
        end = time.monotonic() + 60 * minutes
        for producer in self.producers:
            producer.start()
        self.settle()
        while not self.done or time.monotonic() < end:
            weather = self.weather
            for step in weather.random.sample([weather.kill, weather.pause, weather.restart, weather.zookeeper_server], 4):
                self.step(step)

    def step(self, step):
        broker = self.weather.random.choice(self.cluster.brokers)
        controller = (self.weather.get("/controller") or {}).get("brokerid")
        begin = time.monotonic()
        step(broker)
        self.settle()
        self.done[step.__name__] += 1
        print(f"{sum(self.done.values())}: {step.__name__} of {broker.id}, controller was {controller}, whole after "
              f"{time.monotonic() - begin:.1f} s; {self.acknowledged()} acknowledged", flush=True)

    def acknowledged(self):
        return sum(len(producer.acknowledged) for producer in self.producers)

    def calm(self):
        for producer in self.producers:
            producer.end()
        wait_until("a whole cluster", self.weather.whole)
        wait_until("the same bytes everywhere", self.same_everywhere)

    def same_everywhere(self):
        first, *others = [[b"".join(s.data for s in segments.read_partition(broker.data / f"{TOPIC}-{p}"))
                           for p in range(PARTITIONS)] for broker in self.cluster.brokers]
        return all(first) and all(other == first for other in others)


def read_all(bootstrap):
    """(partition, offset) -> value of all that the topic holds."""
    consumer = confluent.Consumer({"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False,
                                   "auto.offset.reset": "error", "enable.partition.eof": True})
    consumer.assign([confluent.TopicPartition(TOPIC, p, 0) for p in range(PARTITIONS)])
    stored, ended = {}, set()
    while len(ended) < PARTITIONS:
        message = consumer.poll(30)
        check("silence", len(stored), message is not None, True)
        if message.error() is None:
            stored[message.partition(), message.offset()] = message.value().decode()
        else:
            check("error", message.partition(), message.error().code(), confluent.KafkaError._PARTITION_EOF)
            ended.add(message.partition())
    consumer.close()
    return stored


def lost(producer, stored):
    return [row for row in producer.acknowledged if stored.get(row[:2]) != f"{producer.prefix}.{row[2]}"]


def reordered(producer):
    """Values that stand before one that was sent earlier."""
    rows = sorted(producer.acknowledged)
    return [(a, b) for a, b in zip(rows, rows[1:]) if a[0] == b[0] and a[2] >= b[2]]


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 1
    print(f"seed {SEED}", flush=True)
    with Cluster(brokers=3, first_id=1, properties=PROPERTIES, zookeeper=Quorum) as cluster:
        storm = Storm(cluster)
        try:
            storm.rage(minutes)
            storm.calm()
        finally:
            for producer in storm.producers:
                producer.process.kill()
        storm.weather.end()
        stored = read_all(cluster.bootstrap)
        verify(storm, stored)


def verify(storm, stored):
    print(f"seed {SEED}: {dict(storm.done)}, {len(stored)} stored")
    for producer in storm.producers:
        gone, wrong = lost(producer, stored), reordered(producer)
        print(f"producer {producer.prefix}: {len(producer.acknowledged)} acknowledged, {len(gone)} lost, {len(wrong)} reordered, "
              f"{sum(producer.refused.values())} refused {dict(producer.refused)}, longest gap {producer.longest_gap:.1f} s", flush=True)
    for producer in storm.producers:
        check("acknowledged values that are not there", producer.prefix, lost(producer, stored)[:5], [])
        check("values out of order", producer.prefix, reordered(producer)[:5], [])
    idempotent = storm.producers[1]
    check("refused", idempotent.prefix, idempotent.refused, {})
    sent = collections.Counter(value for value in stored.values() if value.startswith("2."))
    check("stored more than once", idempotent.prefix, [value for value, times in sent.items() if times > 1][:5], [])


if __name__ == "__main__":
    main()
