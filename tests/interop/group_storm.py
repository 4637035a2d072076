#!/usr/bin/env python3
"""Ten groups of two to five consumers each (ranges, cooperative, static members) read a topic that is being written, while
members come and go; and one after the other, in an order that the seed decides, a group's coordinator is killed with -9,
is paused until its ZooKeeper session has ended, is restarted cleanly, loses the group's partition of __consumer_offsets to
other brokers, or the leader of a partition that they read is killed. After each fault the members stop coming and going, and
every group must be stable again: each partition has an owner, who knows it, and the brokers name nobody who is gone.

How long may that take? Whoever leaves without a word (static members always, others while there is no coordinator) is missed
when the session is over: 6 s after the last that the coordinator knows of the member, or after its own coming, for a new
coordinator begins all sessions anew. That is Kafka's bound, and it is asserted, from the last that happened to the group
(see Wait). Then the others join again, each with its next heartbeat and poll: that is theirs to be quick in, and it is only
asserted that no round takes as long as a session.

An offset whose commit was acknowledged is never lost or moved back: who is assigned a partition is told no less. No record
is skipped: in the end each group has read every offset, and has committed the end.

    group_storm.py [MINUTES [apache]]     one fault of each kind at least; `apache`: on brokers of Apache's, to compare.
                                          BARNABAS_STORM_SEED repeats an order
"""
import collections
import os
import random
import statistics
import subprocess
import sys
import threading
import time

import clients
from apache_broker import ApacheBroker
from coordinators import Coordinators
from groups import OFFSETS
from harness import Broker, Cluster, Quorum, wait_until
from records import check
from verifiable_producer import IDEMPOTENT, VerifiableProducer
from weather import Weather

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")

TOPIC = "read"
PARTITIONS, GROUPS, OFFSETS_PARTITIONS = 12, 10, 10
FEWEST, MOST = 2, 5
PER_SECOND = 200
SESSION = 6  # seconds, as GroupMembers.java has it
LATE = 2  # seconds that a machine with too much to do may add to it
KEYS = ["--repeating-keys", "100"]  # their hashes find each partition
SEED = int(os.environ.get("BARNABAS_STORM_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
PROPERTIES = {"min.insync.replicas": "2", "default.replication.factor": "3", "replica.lag.time.max.ms": "4000",
              "offsets.topic.replication.factor": "3", "offsets.topic.num.partitions": str(OFFSETS_PARTITIONS)}


class Group:
    """Its members; what they have read, and what of their commits was acknowledged."""

    def __init__(self, number):
        self.id = f"group{number}"
        self.strategy = "cooperative" if number % 3 == 1 else "range"
        self.is_static = number % 3 == 2
        self.owned = {}  # of those who are to be there
        self.leaving = set()
        self.changed = 0  # when somebody was told to come, or had gone, last
        self.settled = 0  # when a member said last what it owns
        self.read = {p: set() for p in range(PARTITIONS)}
        self.deliveries = 0
        self.acknowledged = collections.Counter()
        self.refused = collections.Counter()
        self.wrong = []

    def free_slots(self):
        return [name for name in (f"{self.id}-{i}" for i in range(MOST)) if name not in self.owned and name not in self.leaving]

    def is_stable(self, known):
        """`known`: what brokers say of the group; and each partition has one owner."""
        owned = sorted(partition for mine in list(self.owned.values()) for partition in mine)
        return known and known.state == "Stable" and len(known.members) == len(self.owned) and owned == list(range(PARTITIONS))


class Members(threading.Thread):
    """The process of all members; hears what they say."""

    def __init__(self, cluster, groups):
        super().__init__(daemon=True)
        self.groups = {group.id: group for group in groups}
        self.known = {}  # by the id of a question or a commit: what was acknowledged before it
        self.complaints = open(cluster.directory / "members.log", "wb")
        self.story = open(cluster.directory / "members.story", "w", buffering=1)  # beside the brokers' logs: who did what when
        self.process = subprocess.Popen(
            ["java", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", clients.maven("clients-3.9"),
             clients.HERE / "GroupMembers.java", cluster.bootstrap, TOPIC],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints, text=True, bufsize=1)

    def join_group(self, group):
        free = group.free_slots()
        if free:
            group.owned[free[0]] = []
            group.changed = time.time()
            self._tell(f"join {group.id} {free[0]} {group.strategy} {free[0] if group.is_static else ''}")

    def leave_group(self, group, member):
        group.leaving.add(member)
        del group.owned[member]
        self._tell(f"leave {member}")

    def _tell(self, line):
        self._note(f"told to {line}")
        self.process.stdin.write(line.strip() + "\n")

    def _note(self, line):
        self.story.write(f"{time.time():.3f} {line.strip()}\n")

    def run(self):
        for line in self.process.stdout:
            what, member, *rest = line.split()
            if what in ("owns", "left", "refused"):
                self._note(line)
            getattr(self, f"_{what}")(self.groups[member.rpartition("-")[0]], member, *rest)

    def _owns(self, group, member, *partitions):
        if member in group.owned:
            group.owned[member] = [int(p) for p in partitions]
            group.settled = time.time()

    def _left(self, group, member):
        group.leaving.discard(member)
        group.changed = time.time()

    def _read(self, group, _, partition, first, last):
        group.read[int(partition)].update(range(int(first), int(last) + 1))
        group.deliveries += int(last) + 1 - int(first)

    def _refused(self, group, _, name):
        group.refused[name] += 1

    def _asks(self, group, _, number):
        self.known[number] = collections.Counter(group.acknowledged)

    _commits = _asks

    def _told(self, group, member, number, *offsets):
        before = self.known.pop(number)
        for partition, offset in pairs(offsets):
            if offset < before[partition]:
                group.wrong.append(f"{member} goes on from {offset} in {partition}, committed was {before[partition]}")

    def _done(self, group, member, number, *offsets):
        before = self.known.pop(number)
        for partition, offset in pairs(offsets):
            group.acknowledged[partition] = max(group.acknowledged[partition], offset)
            if offset < before[partition]:
                group.wrong.append(f"{member} commits {offset} in {partition} after {before[partition]}")

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.join()
        self.complaints.close()
        self.story.close()


def pairs(words):
    return [tuple(map(int, word.split("="))) for word in words]


class Churn(threading.Thread):
    """Members come and go, except while `quiet`."""

    def __init__(self, groups, members, chance):
        super().__init__(daemon=True)
        self.groups, self.members, self.chance = groups, members, chance
        self.turn = threading.Lock()  # held: nobody comes or goes
        self.ended = threading.Event()
        self.changes = 0

    def run(self):
        while not self.ended.wait(self.chance.random() * 0.6):
            with self.turn:
                self._change(self.chance.choice(self.groups))

    def _change(self, group):
        there = sorted(group.owned)
        self.changes += 1
        if len(there) > FEWEST and self.chance.random() < 0.5:
            self.members.leave_group(group, self.chance.choice(there))
        else:
            self.members.join_group(group)


def partition_of(group):
    """Java's hash of the name; the sign bit is dropped."""
    number = 0
    for unit in group.encode("ascii"):
        number = (number * 31 + unit) & 0xffffffff
    return abs(number - (1 << 32) if number >> 31 else number) % OFFSETS_PARTITIONS


class Wait:
    """How long a group took to be stable after the last that happened to it: the broker that was away was back, one became its
    coordinator, somebody was told to join, or somebody had left (`left`: the consumer is closed). `session`: until the last
    session was over that had to run out; `round`: from then on."""

    def __init__(self, group, back, seen):
        last = {"the end of the fault": back, "its coordinator's coming": seen.loaded[partition_of(group.id)][-1],
                "a member's coming or end": group.changed}
        self.group, self.cause = group.id, max(last, key=last.get)
        since = last[self.cause]
        self.seconds = max(group.settled - since, 0)
        self.session = max(seen.expired.get(group.id, [since])[-1] - since, 0)
        self.round = max(self.seconds - self.session, 0)

    def __str__(self):
        return f"{self.group} {self.seconds:.2f} s after {self.cause}: session {self.session:.2f}, round {self.round:.2f}"


class Storm:
    def __init__(self, cluster):
        self.cluster = cluster
        self.admin = admin.AdminClient({"bootstrap.servers": cluster.bootstrap, "log_level": 0,
                                        "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100})
        wait_until("three brokers", lambda: len(self.admin.list_topics(timeout=20).brokers) == 3)
        self.admin.create_topics([admin.NewTopic(TOPIC, PARTITIONS, 3)])[TOPIC].result(60)
        self.weather = Weather(cluster, SEED, {TOPIC: PARTITIONS})
        self.groups = [Group(number) for number in range(GROUPS)]
        self.members = Members(cluster, self.groups)
        self.churn = Churn(self.groups, self.members, random.Random(SEED + 1))
        self.writer = VerifiableProducer(cluster, TOPIC, 1, PER_SECOND, IDEMPOTENT, *KEYS)
        self.done = collections.Counter()
        self.waits = []  # of each group after each fault

    def begin(self):
        self.members.start()
        for group in self.groups:
            for _ in range(FEWEST):
                self.members.join_group(group)
        self.writer.start()
        self.settle("the start")
        self.weather.topics[OFFSETS] = OFFSETS_PARTITIONS
        self.churn.start()

    def rage(self, minutes):
        end = time.monotonic() + 60 * minutes
        steps = [self.kill, self.pause, self.restart, self.move, self.kill_leader]
        while not self.done or time.monotonic() < end:
            for step in self.weather.random.sample(steps, len(steps)):
                name = self.weather.random.choice(self.groups).id
                step(name)
                with self.churn.turn:
                    self.waits += self.settle(f"{step.__name__}, {name}")
                self.done[step.__name__] += 1

    def coordinator(self, group):
        return self.weather.leader(OFFSETS, partition_of(group))

    def kill(self, group):
        self.weather.kill(self.coordinator(group))

    def pause(self, group):
        self.weather.pause(self.coordinator(group))

    def restart(self, group):
        self.weather.restart(self.coordinator(group))

    def move(self, group):
        partition, first = partition_of(group), self.coordinator(group)
        others = [broker.id for broker in self.cluster.brokers if broker is not first]
        self.weather.move(OFFSETS, partition, others)
        self.weather.move(OFFSETS, partition, others + [first.id])

    def kill_leader(self, _):
        self.weather.kill(self.weather.leader(TOPIC, self.weather.random.randrange(PARTITIONS)))

    def settle(self, what):
        back = time.time()
        wait_until("every group stable in a whole cluster", lambda: self.all_stable() and self.weather.whole())
        seen = Coordinators(self.cluster.brokers)
        waits = [Wait(group, back, seen) for group in self.groups]
        last = max(waits, key=lambda wait: wait.seconds)
        print(f"{what}: {sum(len(group.owned) for group in self.groups)} members; last {last}", flush=True)
        return waits

    def all_stable(self):
        try:
            known = {group.id: group for group in self.admin.list_groups(timeout=10)}
        except confluent.KafkaException:
            return False
        return all(group.is_stable(known.get(group.id)) for group in self.groups)

    def calm(self):
        self.churn.ended.set()
        self.churn.join()
        self.writer.end()
        check("records refused", TOPIC, self.writer.refused, {})
        reader = confluent.Consumer({"bootstrap.servers": self.cluster.bootstrap, "group.id": "ends"})
        self.ends = {p: reader.get_watermark_offsets(confluent.TopicPartition(TOPIC, p), timeout=30)[1] for p in range(PARTITIONS)}
        reader.close()
        for group in self.groups:
            wait_until(f"{group.id} at the end", lambda: dict(group.acknowledged) == self.ends)
        self.members.end()

    def stored(self, group):
        reader = confluent.Consumer({"bootstrap.servers": self.cluster.bootstrap, "group.id": group})
        offsets = reader.committed([confluent.TopicPartition(TOPIC, p) for p in range(PARTITIONS)], timeout=60)
        reader.close()
        return {p.partition: p.offset for p in offsets}


def verify(storm):
    refused = sum((group.refused for group in storm.groups), collections.Counter())
    print(f"seed {SEED}: {dict(storm.done)}, {storm.churn.changes} comings and goings, {sum(storm.ends.values())} records, read "
          f"{sum(group.deliveries for group in storm.groups)} times by {GROUPS} groups, refused {dict(refused)}", flush=True)
    for group in storm.groups:
        check("offsets lost or moved back", group.id, group.wrong[:5], [])
        skipped = [(p, offset) for p, end in storm.ends.items() for offset in range(end) if offset not in group.read[p]]
        check("records skipped", group.id, skipped[:5], [])
        check("offsets in the end", group.id, storm.stored(group.id), storm.ends)


def verify_times(waits):
    for what in ("seconds", "session", "round"):
        values = sorted(getattr(wait, what) for wait in waits)
        print(f"{what}: {len(values)} times, median {statistics.median(values):.2f}, 90 of 100 up to "
              f"{values[len(values) * 9 // 10]:.2f}, longest {' '.join(f'{value:.2f}' for value in values[-6:])}", flush=True)
    check("sessions", "longer", [str(wait) for wait in waits if wait.session > SESSION + LATE], [])
    check("rounds", "longer than a session", [str(wait) for wait in waits if wait.round > SESSION], [])


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 0
    kind = sys.argv[2] if len(sys.argv) > 2 else "ours"
    print(f"seed {SEED}", flush=True)
    with Cluster(brokers=0, zookeeper=Quorum) as cluster:
        for number in (1, 2, 3):
            broker = Broker(cluster.directory / f"broker{number}", cluster.zookeeper, number, PROPERTIES)
            cluster.brokers.append(ApacheBroker(broker) if kind == "apache" else broker)
            cluster.brokers[-1].start()
        storm = Storm(cluster)
        try:
            storm.begin()
            storm.rage(minutes)
            storm.calm()
        finally:
            storm.members.process.kill()
            storm.writer.process.kill()
        verify_times(storm.waits)
        verify(storm)
        storm.weather.end()


if __name__ == "__main__":
    main()
