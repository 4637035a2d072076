#!/usr/bin/env python3
"""kill -9 under load, then a restart, again and again (BARNABAS_CRASH_ROUNDS times, 10 unless set): every acknowledged
record is there, the log goes on at a whole batch, and recovery starts at the recovery point. In every second round what
a torn write leaves is put behind the log's end: half a batch, or a whole one with a broken checksum. Every third restart
is itself killed at some moment before the one that counts.

Three producers write all the while: acks=1, acks=all, and an idempotent one, whose topic must hold every record once
and in order however often it was sent.
"""
import os
import random
import re
import struct
import threading

import clients
import segments
from harness import Cluster, wait_until
from records import check, mix, value_of

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
kazoo = clients.module("kazoo.client", "python3-kazoo")

ROUNDS = int(os.environ.get("BARNABAS_CRASH_ROUNDS", "10"))
SEED = int(os.environ.get("BARNABAS_CRASH_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
PARTITIONS = 2
PRODUCERS = {"one": {"acks": "1"}, "all": {"acks": "all"}, "idempotent": {"enable.idempotence": True}}
RECOVERING = re.compile(r"\[LogLoader partition=(\S+), dir=\S+\] Recovering unflushed segment (\d+)\.")


def payload(n):
    return b"%d " % n + (value_of(mix(n)) or b"")


class Load(threading.Thread):
    """One producer that never stops; `acknowledged` says which record stands at which (partition, offset)."""

    def __init__(self, name, settings, bootstrap):
        super().__init__(name=name, daemon=True)
        self.topic = f"crash-{name}"
        self.sent = 0
        self.acknowledged = {}
        self.failed = []
        self._ended = threading.Event()
        self._producer = confluent.Producer({
            "bootstrap.servers": bootstrap, "linger.ms": 2, "batch.size": 16384, "reconnect.backoff.ms": 20,
            "reconnect.backoff.max.ms": 100, "retry.backoff.ms": 20, "message.timeout.ms": 120000,
            "queue.buffering.max.messages": 2000, "log_level": 0} | settings)

    def _delivered(self, n):
        def done(error, message):
            if error is not None:
                self.failed.append((n, error))
            else:
                self.acknowledged[message.partition(), message.offset()] = n
        return done

    def run(self):
        while not self._ended.is_set():
            for _ in range(10):
                n = self.sent
                try:
                    self._producer.produce(self.topic, payload(n), partition=n % PARTITIONS,
                                           on_delivery=self._delivered(n))
                except BufferError:
                    break
                self.sent += 1
            self._producer.poll(0.01)

    def end(self):
        self._ended.set()
        self.join()
        check("records left unsent", self.topic, self._producer.flush(60), 0)
        check("failed deliveries", self.topic, self.failed[:3], [])


def tear(partition, how):
    """Behind the log's end: a batch that would come next, cut in half or with a flipped bit."""
    last = partition[-1]
    batch = bytearray(last.last_batch())
    if not batch:
        return
    struct.pack_into(">q", batch, 0, last.next_offset)
    if how == "half":
        del batch[len(batch) // 2:]
    else:
        batch[-1] ^= 1
    with open(last.path, "r+b") as log:
        log.truncate(last.whole)
        log.seek(last.whole)
        log.write(batch)


class Story:
    def __init__(self, cluster):
        self.broker = cluster.broker
        self.zookeeper = kazoo.KazooClient(cluster.zookeeper.address)
        self.zookeeper.start()
        self.loads = [Load(name, settings, cluster.bootstrap) for name, settings in PRODUCERS.items()]
        self.random = random.Random(SEED)
        self.before = {}  # partition -> its segments at the last kill
        self.torn = self.recovered = self.spared = 0

    def partitions(self):
        return {d.name: segments.read_partition(d) for d in sorted(self.broker.data.glob("crash-*-*"))}

    def recovery_points(self):
        return segments.read_checkpoint(self.broker.data / "recovery-point-offset-checkpoint")

    def let_them_write(self, number):
        had = [len(load.acknowledged) for load in self.loads]
        wait_until("every producer's progress",
                   lambda: all(len(load.acknowledged) > n for load, n in zip(self.loads, had)))
        if number % 5 == 2:  # segments are flushed once a second; most rounds are over by then
            old = self.recovery_points()
            wait_until("a recovery point to move", lambda: self.recovery_points().items() - old.items())
        threading.Event().wait(self.random.random() * 0.6)  # not for anything to happen: where the kill hits is chance

    def round(self, number):
        self.let_them_write(number)
        self.broker.kill()
        now = self.partitions()
        self.goes_on_where_it_ended(now)
        self.before = now
        if number % 2:
            for partition in now.values():
                self.torn += 1
                tear(partition, self.random.choice(["half", "flipped"]))
        if number % 3 == 2:
            self.wait_for_the_session()
            self.broker.launch()
            threading.Event().wait(self.random.random() * 0.3)
            self.broker.kill()
        self.restart(number)

    def wait_for_the_session(self):
        wait_until("the old session's end", lambda: not self.zookeeper.exists("/brokers/ids/0"))

    def restart(self, number):
        now, recovery_points = self.partitions(), self.recovery_points()
        expected = {(name, base) for name, all_of_it in now.items()
                    for base in segments.segments_from(all_of_it, recovery_points.get(name, 0))}
        self.wait_for_the_session()
        begin = self.broker.log.stat().st_size
        self.broker.start()
        lines = RECOVERING.findall(self.broker.text(begin))
        recovered = {(name, int(base)) for name, base in lines if name.startswith("crash-")}
        check("recovered segments", f"round {number}", sorted(recovered), sorted(expected))
        self.recovered += len(recovered)
        self.spared += sum(len(all_of_it) for all_of_it in now.values()) - len(expected)

    def goes_on_where_it_ended(self, now):
        """What stood whole at the last kill stands there still, and a batch (or nothing) begins at its end."""
        for name, partition in self.before.items():
            old = partition[-1]
            same = [s for s in now[name] if s.base == old.base]
            check("last segment of the time before", name, len(same), 1)
            check("whole batches of the time before", name, same[0].data[:old.whole] == old.data[:old.whole], True)
            check("a batch begins where the log ended", name, old.whole in same[0].boundaries, True)

    def end(self):
        for load in self.loads:
            load.end()
        for load in self.loads:
            self.verify(load)
        self.zookeeper.stop()
        check("exit code", "broker", self.broker.stop(), 143)
        for name, partition in self.partitions().items():
            check("bytes behind the last batch", name, len(partition[-1].data) - partition[-1].whole, 0)

    def verify(self, load):
        stored = read_all(self.broker.bootstrap, load.topic)
        check_lossless(load, stored)
        print(f"{load.topic}: {len(load.acknowledged)} acknowledged, {len(stored)} stored")


def lost(load, stored):
    """What was acknowledged and is not there."""
    return [(where, n) for where, n in load.acknowledged.items() if stored.get(where) != n]


def check_lossless(load, stored):
    check("acknowledged records that are not there", load.topic, lost(load, stored)[:5], [])
    check("records never sent or never stored", load.topic, set(stored.values()) == set(range(load.sent)), True)
    if load.name == "idempotent":
        for p in range(PARTITIONS):
            order = [n for (partition, _), n in sorted(stored.items()) if partition == p]
            check("each once and in order", f"{load.topic}-{p}", order == list(range(p, load.sent, PARTITIONS)), True)


def read_all(bootstrap, topic):
    consumer = confluent.Consumer({"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False,
                                   "auto.offset.reset": "error", "fetch.wait.max.ms": 50, "check.crcs": True})
    all_of_it = [confluent.TopicPartition(topic, p, confluent.OFFSET_BEGINNING) for p in range(PARTITIONS)]
    total = sum(consumer.get_watermark_offsets(p, 20)[1] for p in all_of_it)
    consumer.assign(all_of_it)
    stored = {}
    while len(stored) < total:
        messages = consumer.consume(min(5000, total - len(stored)), 20)  # waits for as many
        check("silence", topic, bool(messages), True)
        for message in messages:
            check("error", topic, message.error(), None)
            n = int(message.value().split(b" ", 1)[0])
            check("value", n, message.value(), payload(n))
            stored[message.partition(), message.offset()] = n
    consumer.close()
    return stored


def main():
    print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
    properties = {"num.partitions": str(PARTITIONS), "log.segment.bytes": "524288", "zookeeper.session.timeout.ms": "1500",
                  "log.flush.offset.checkpoint.interval.ms": "100", "log.initial.task.delay.ms": "0",
                  "log.retention.ms": "-1"}
    with Cluster(properties=properties) as cluster:
        story = Story(cluster)
        for load in story.loads:
            load.start()
        for number in range(ROUNDS):
            story.round(number)
        print(f"{story.torn} torn ends, {story.recovered} segments recovered, {story.spared} spared", flush=True)
        check("segments before the recovery point were spared", "", story.spared > 0, True)
        story.end()


if __name__ == "__main__":
    main()
