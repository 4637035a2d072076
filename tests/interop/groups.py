#!/usr/bin/env python3
"""Consumer groups: two members share four partitions, one leaves, offsets outlive a kill -9 of the only broker, and
with three brokers a group goes on from its offsets when the broker that coordinated it dies. Beside a broker of
Apache's: the coordinator moves from one to the other and back, and the members notice nothing."""
import subprocess
import sys
import threading

import clients
from apache_broker import ApacheBroker
from harness import Broker, Cluster, wait_until
from records import check

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")
kafka = clients.module("kafka", "python3-kafka")

TOPIC = "grouped"
PARTITIONS = 4
OFFSETS = "__consumer_offsets"


def create(bootstrap, replicas):
    client = admin.AdminClient({"bootstrap.servers": bootstrap})
    wanted = admin.NewTopic(TOPIC, num_partitions=PARTITIONS, replication_factor=replicas)
    client.create_topics([wanted])[TOPIC].result(60)


def produce(bootstrap, start, count):
    producer = confluent.Producer({"bootstrap.servers": bootstrap, "acks": "all"})
    for i in range(start, start + count):
        producer.produce(TOPIC, value=str(i).encode(), partition=i % PARTITIONS)
    check("records left unsent", TOPIC, producer.flush(90), 0)


class Member:
    """A consumer that polls on a thread of its own, as applications do."""

    def __init__(self, bootstrap, group):
        self.assigned = None
        self.assignments = 0
        self.values = []
        self._stopping = threading.Event()
        self._consumer = confluent.Consumer({
            "bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest",
            "enable.auto.commit": False, "session.timeout.ms": 60000, "heartbeat.interval.ms": 200})
        self._consumer.subscribe([TOPIC], on_assign=self._on_assign, on_revoke=self._on_revoke)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _on_assign(self, _, partitions):
        self.assigned = sorted(p.partition for p in partitions)
        self.assignments += 1

    def _on_revoke(self, *_):
        if not self._stopping.is_set():  # who leaves has committed, and its handle is closing
            self.commit()

    def commit(self):
        """Where it stands in each partition, so that nobody reads these records again."""
        owned = self._consumer.position(self._consumer.assignment())
        done = [p for p in owned if p.offset >= 0]
        if done:
            self._consumer.commit(offsets=done, asynchronous=False)

    def _run(self):
        while not self._stopping.is_set():
            message = self._consumer.poll(0.1)
            if message and not message.error():
                self.values.append(int(message.value()))

    def halt(self):
        """Reads no more, and has committed what it has read; it is still a member."""
        self._stopping.set()
        self._thread.join()
        self.commit()

    def leave(self):
        self._consumer.close()
        return self.values

    def stop(self):
        self.halt()
        return self.leave()


def stop_all(members):
    """All commit before the first leaves: what that begins refuses the commits of the generation before."""
    for member in members:
        member.halt()
    return [value for member in members for value in member.leave()]


def committed(bootstrap, group, seconds=60):
    reader = confluent.Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    asked = [confluent.TopicPartition(TOPIC, p) for p in range(PARTITIONS)]
    offsets = [p.offset for p in reader.committed(asked, timeout=seconds)]
    reader.close()
    return offsets


def two_share(bootstrap):
    """Both have two partitions; when one leaves, the other gets all four."""
    first = Member(bootstrap, "pair")
    wait_until("the first member to have all", lambda: first.assigned == [0, 1, 2, 3])
    second = Member(bootstrap, "pair")
    wait_until("both to have half", lambda: sorted((first.assigned or []) + (second.assigned or [])) == [0, 1, 2, 3]
               and len(first.assigned) == 2)
    second.stop()
    wait_until("the first to have all again", lambda: first.assigned == [0, 1, 2, 3])
    wait_until("all records to be read", lambda: len(set(first.values + second.values)) == 400)
    first.stop()
    check("offsets of the pair", TOPIC, committed(bootstrap, "pair"), [100] * PARTITIONS)


def python_member(bootstrap):
    """python3-kafka speaks older versions of the same requests."""
    reader = kafka.KafkaConsumer(TOPIC, bootstrap_servers=bootstrap.split(","), group_id="python", api_version=(2, 5, 0),
                                 auto_offset_reset="earliest", enable_auto_commit=False, consumer_timeout_ms=15000)
    seen = 0
    for _ in reader:
        seen += 1
        if seen == 400:
            break
    check("records of python3-kafka", TOPIC, seen, 400)
    reader.commit()
    reader.close()


def kcat_member(bootstrap, group, count):
    got = subprocess.run(["kcat", "-q", "-b", bootstrap, "-G", group, "-X", "auto.offset.reset=earliest",
                          "-c", str(count), TOPIC], capture_output=True, check=True, timeout=120).stdout.split()
    check("records of kcat -G", TOPIC, len(got), count)


def one_broker():
    with Cluster() as cluster:
        create(cluster.bootstrap, 1)
        produce(cluster.bootstrap, 0, 400)
        two_share(cluster.bootstrap)
        python_member(cluster.bootstrap)
        kcat_member(cluster.bootstrap, "cat", 400)
        print("three kinds of members")
        cluster.broker.kill()
        cluster.broker.start()
        for group in ("pair", "python"):
            check("offsets after kill -9", group, committed(cluster.bootstrap, group), [100] * PARTITIONS)
        produce(cluster.bootstrap, 400, 40)
        after = Member(cluster.bootstrap, "pair")
        wait_until("the new records", lambda: len(after.values) >= 40)
        check("records after the restart", "pair", sorted(after.stop()), list(range(400, 440)))
        waiting = Member(cluster.bootstrap, "pair")
        wait_until("an assignment", lambda: waiting.assigned == [0, 1, 2, 3])
        check("end of a broker with a member", "exit code", cluster.broker.stop(), 143)
        cluster.broker.start()
        produce(cluster.bootstrap, 440, 40)
        wait_until("the member to go on", lambda: set(range(440, 480)) <= set(waiting.values))
        waiting.stop()
        print("offsets and members outlive the broker")


def too_few_brokers():
    """Kafka's default of three replicas on a single broker: groups wait, and the log says once what to change."""
    with Cluster(properties={"offsets.topic.replication.factor": "3"}) as cluster:
        create(cluster.bootstrap, 1)
        for attempt in range(2):
            try:
                committed(cluster.bootstrap, "waiting", 1)
                raise RuntimeError("somebody coordinates the group")
            except confluent.KafkaException as refused:
                check("why not", attempt, refused.args[0].name(), "_TIMED_OUT")
        told = [line for line in cluster.broker.text().splitlines() if "offsets.topic.replication.factor" in line]
        check("lines about the setting", "", len(told), 1)
        print("one line says which setting to change")


def coordinator_of(cluster, group, partitions=50):
    """The broker that leads the group's partition, as kcat sees it: |Java's hash| % the number of partitions."""
    number = 0
    for unit in group.encode("utf-16-be")[1::2]:
        number = (number * 31 + unit) & 0xffffffff
    number = number - (1 << 32) if number >> 31 else number
    client = admin.AdminClient({"bootstrap.servers": cluster.bootstrap})
    leader = client.list_topics(OFFSETS, timeout=30).topics[OFFSETS].partitions[abs(number) % partitions].leader
    return next(broker for broker in cluster.brokers if broker.id == leader)


def three_brokers():
    settings = {"offsets.topic.replication.factor": "3", "zookeeper.session.timeout.ms": "6000"}
    with Cluster(brokers=3, first_id=1, properties=settings) as cluster:
        create(cluster.bootstrap, 3)
        produce(cluster.bootstrap, 0, 400)
        members = [Member(cluster.bootstrap, "moving") for _ in range(2)]
        wait_until("all records to be read", lambda: len({v for m in members for v in m.values}) == 400, 120)
        stop_all(members)
        check("offsets", "moving", committed(cluster.bootstrap, "moving"), [100] * PARTITIONS)
        members = [Member(cluster.bootstrap, "moving") for _ in range(2)]
        wait_until("both to have half", lambda: sorted(p for m in members for p in m.assigned or []) == [0, 1, 2, 3])
        killed = coordinator_of(cluster, "moving")
        killed.kill()
        produce(cluster.bootstrap, 400, 200)
        wait_until("the records after the coordinator died",
                   lambda: {v for m in members for v in m.values} >= set(range(400, 600)), 120)
        got = sorted(stop_all(members))
        check("records of the members", "moving", sorted(set(got)), list(range(400, 600)))
        check("offsets at the new coordinator", "moving", committed(cluster.bootstrap, "moving"), [150] * PARTITIONS)
        killed.start()
        print("a group goes on at another coordinator")


def in_sync(bootstrap):
    """How many replicas are in sync, of any partition."""
    topics = admin.AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=30).topics
    return {len(partition.isrs) for topic in topics.values() for partition in topic.partitions.values()}


def beside_apache():
    settings = {"offsets.topic.replication.factor": "2", "offsets.topic.num.partitions": "1",
                "zookeeper.session.timeout.ms": "18000"}
    with Cluster(properties=settings, first_id=1) as cluster:
        apache = ApacheBroker(Broker(cluster.directory / "broker2", cluster.zookeeper, 2, settings))
        cluster.brokers.append(apache)
        apache.start()
        create(cluster.bootstrap, 2)
        members = [Member(cluster.bootstrap, "both") for _ in range(2)]
        wait_until("both to have half", lambda: sorted(p for m in members for p in m.assigned or []) == [0, 1, 2, 3])
        assignments = [member.assignments for member in members]
        for total in (200, 400):
            produce(cluster.bootstrap, total - 200, 200)
            wait_until("the records", lambda: {v for m in members for v in m.values} == set(range(total)))
            for member in members:
                member.commit()
            leaving = coordinator_of(cluster, "both", 1)
            leaving.stop()
            check("offsets at the other broker", leaving.id, committed(cluster.bootstrap, "both"), [total // 4] * PARTITIONS)
            leaving.start()
            wait_until("whole ISRs", lambda: in_sync(cluster.bootstrap) == {2})
            print(f"the coordinator was broker {leaving.id}, {'of Apache' if leaving is apache else 'ours'}")
        check("assignments", "both", [member.assignments for member in members], assignments)
        stop_all(members)


SCENARIOS = {"1": one_broker, "3": three_brokers, "apache": beside_apache, "few": too_few_brokers}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1] if len(sys.argv) > 1 else "1"]()
