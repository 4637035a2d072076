#!/usr/bin/env python3
"""A real 3.9.1 broker starts on the __consumer_offsets partitions of ours and serves our groups with their offsets and
members; then ours on its. One ZooKeeper, one id, one port, and one static member that stays in its generation."""
import threading

import clients
from apache_broker import ApacheBroker
from harness import PATIENT, Cluster, wait_until
from records import check

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")
kafka = clients.module("kafka", "python3-kafka")

TOPIC = "handed-over"
PARTITIONS = 3
SIMPLE = [f"simple-{i}" for i in range(6)]  # in more than one partition of __consumer_offsets
PROPERTIES = PATIENT | {"num.partitions": str(PARTITIONS), "offsets.topic.num.partitions": "3", "default.replication.factor": "1",
                        "offsets.topic.replication.factor": "1", "transaction.state.log.replication.factor": "1",
                        "transaction.state.log.min.isr": "1", "transaction.state.log.num.partitions": "1"}


class Outsider:
    """Commits and asks as a simple consumer does, that is no member."""

    def __init__(self, bootstrap, group):
        self._consumer = kafka.KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, api_version=(2, 5, 0),
                                             enable_auto_commit=False)

    def __enter__(self):
        return self._consumer

    def __exit__(self, *_):
        self._consumer.close(autocommit=False)


def commit(bootstrap, group, offset, metadata=""):
    with Outsider(bootstrap, group) as consumer:
        consumer.commit({kafka.TopicPartition(TOPIC, p): kafka.OffsetAndMetadata(offset + p, metadata)
                         for p in range(PARTITIONS)})


def committed(bootstrap, group):
    with Outsider(bootstrap, group) as consumer:
        found = [consumer.committed(kafka.TopicPartition(TOPIC, p), metadata=True) for p in range(PARTITIONS)]
    return [row and (row.offset, row.metadata) for row in found]


def described(bootstrap, group):
    """Empty while nobody serves the group."""
    try:
        listed = admin.AdminClient({"bootstrap.servers": bootstrap}).list_groups(group, timeout=30)
    except confluent.KafkaException:  # still loading
        listed = []
    return [(found.state, found.protocol_type, found.protocol,
             [(m.id, m.client_id, m.client_host, m.metadata, m.assignment) for m in found.members])
            for found in listed]


def delete_group(bootstrap, group):
    client = kafka.KafkaAdminClient(bootstrap_servers=bootstrap, api_version=(2, 5, 0))
    check("deletion", group, [error.__name__ for _, error in client.delete_consumer_groups([group])], ["NoError"])
    client.close()


def rows(offset):
    return [confluent.TopicPartition(TOPIC, p, offset + p) for p in range(PARTITIONS)]


class StaticMember:
    """Is assigned once, whoever serves its group: a new generation would assign it again."""

    GROUP = "static"

    def __init__(self, bootstrap):
        self.assignments = 0
        self._stopping = threading.Event()
        self.consumer = confluent.Consumer({
            "bootstrap.servers": bootstrap, "group.id": self.GROUP, "group.instance.id": "never-leaves",
            "client.id": "faithful", "session.timeout.ms": 120000, "max.poll.interval.ms": 300000,
            "heartbeat.interval.ms": 100, "enable.auto.commit": False})
        self.consumer.subscribe([TOPIC], on_assign=self._on_assign)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _on_assign(self, *_):
        self.assignments += 1

    def _run(self):
        while not self._stopping.is_set():
            self.consumer.poll(0.05)

    def commit(self, offset):
        """Refused unless member and generation are known."""
        self.consumer.commit(offsets=rows(offset), asynchronous=False)

    def stop(self):
        self._stopping.set()
        self._thread.join()
        self.consumer.close()


def transact(bootstrap, group, offset, commits):
    """Offsets of a group committed with a transaction, which ours have to tell from those of an aborted one."""
    producer = confluent.Producer({"bootstrap.servers": bootstrap, "transactional.id": group})
    producer.init_transactions(30)
    producer.begin_transaction()
    outsider = confluent.Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    producer.send_offsets_to_transaction(rows(offset), outsider.consumer_group_metadata(), 30)
    outsider.close()
    producer.commit_transaction(30) if commits else producer.abort_transaction(30)


class Story:
    def __init__(self, cluster):
        self.ours = cluster.broker
        self.apache = ApacheBroker(self.ours)
        cluster.brokers.append(self.apache)  # so that it is ended in any case
        self.bootstrap = cluster.bootstrap
        self.expected = {}
        client = admin.AdminClient({"bootstrap.servers": self.bootstrap})
        client.create_topics([admin.NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result(30)
        self.member = StaticMember(self.bootstrap)
        wait_until("the assignment", lambda: self.member.assignments == 1)

    def note(self, group, offset, metadata=""):
        self.expected[group] = [(offset + p, metadata) for p in range(PARTITIONS)]

    def write(self, who, offset):
        for group in SIMPLE:
            commit(self.bootstrap, group, offset, who)
            self.note(group, offset, who)
        self.member.commit(offset)
        self.note(StaticMember.GROUP, offset)
        gone = f"deleted by {who}"
        commit(self.bootstrap, gone, offset)
        delete_group(self.bootstrap, gone)
        self.expected[gone] = [None] * PARTITIONS

    def hand_over(self, old, new):
        before = described(self.bootstrap, StaticMember.GROUP)
        check("state", StaticMember.GROUP, [(found[0], len(found[3])) for found in before], [("Stable", 1)])
        old.stop()
        new.start()
        wait_until("the same group", lambda: described(self.bootstrap, StaticMember.GROUP) == before)
        for group, offsets in self.expected.items():
            check("offsets", group, committed(self.bootstrap, group), offsets)
        check("assignments", StaticMember.GROUP, self.member.assignments, 1)


def main():
    with Cluster(properties=PROPERTIES) as cluster:
        story = Story(cluster)
        story.write("ours", 100)
        story.hand_over(story.ours, story.apache)
        print("Apache's broker serves the groups of ours")
        story.write("Apache's", 200)
        transact(cluster.bootstrap, "in a transaction", 300, commits=True)
        story.note("in a transaction", 300)
        transact(cluster.bootstrap, "in a transaction", 400, commits=False)
        story.hand_over(story.apache, story.ours)
        print("ours serves the groups of Apache's broker")
        story.write("ours again", 500)
        story.member.stop()


main()
