#!/usr/bin/env python3
"""Three brokers, every partition on all of them: what is produced stands byte for byte in three logs, also after
each of them was killed, and came back into the ISR."""
import clients
import segments
from harness import Cluster, wait_until
from records import PARTITIONS, check, count_in, key_of, mix, value_of

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")

TOPIC = "replicated"
PER_STEP = 3000
LEADERS_1_2_3 = [[1, 2, 3], [2, 3, 1], [3, 1, 2]]


def create(bootstrap, topic, assignment):
    client = admin.AdminClient({"bootstrap.servers": bootstrap})
    wanted = admin.NewTopic(topic, num_partitions=len(assignment), replica_assignment=assignment)
    client.create_topics([wanted])[topic].result(60)


def produce(bootstrap, topic, start, acks):
    """`PER_STEP` records from number `start` on; how many there are then."""
    failed = []
    producer = confluent.Producer({"bootstrap.servers": bootstrap, "acks": acks, "linger.ms": 5,
                                   "message.timeout.ms": 60000})
    for i in range(start, start + PER_STEP):
        h = mix(i)
        producer.produce(topic, value=value_of(h), key=key_of(h), partition=i % PARTITIONS,
                         on_delivery=lambda error, _: failed.append(error) if error else None)
    check("records left unsent", topic, producer.flush(90), 0)
    check("delivery errors", topic, failed[:3], [])
    return start + PER_STEP


def in_sync(bootstrap, topic):
    """How many replicas each partition has in sync."""
    client = admin.AdminClient({"bootstrap.servers": bootstrap})
    partitions = client.list_topics(topic, timeout=10).topics[topic].partitions
    return [len(partitions[p].isrs) for p in sorted(partitions)]


def wait_for_whole_isrs(bootstrap, topic):
    wait_until(f"every replica of {topic} to be in sync", lambda: in_sync(bootstrap, topic) == [3] * PARTITIONS)


def same_logs(brokers, topic, total):
    """Every partition has the same bytes on all brokers, and its share of `total` records."""
    for partition in range(PARTITIONS):
        logs = []
        for broker in brokers:
            found = segments.read_partition(broker.data / f"{topic}-{partition}")
            if not found or found[-1].next_offset != count_in(partition, total):
                return False
            logs.append(b"".join(segment.data for segment in found))
        check("bytes", f"{topic}-{partition}", [log == logs[0] for log in logs], [True] * len(logs))
    return True


def wait_for_same_logs(brokers, topic, total):
    wait_until(f"{total} records in every log of {topic}", lambda: same_logs(brokers, topic, total))


def main():
    with Cluster(brokers=3, first_id=1) as cluster:
        create(cluster.bootstrap, TOPIC, LEADERS_1_2_3)
        total = produce(cluster.bootstrap, TOPIC, 0, "1")
        wait_for_same_logs(cluster.brokers, TOPIC, total)
        total = produce(cluster.bootstrap, TOPIC, total, "all")
        wait_for_same_logs(cluster.brokers, TOPIC, total)
        for broker in cluster.brokers:
            broker.kill()
            total = produce(cluster.bootstrap, TOPIC, total, "all")
            broker.start()
            total = produce(cluster.bootstrap, TOPIC, total, "1")
            wait_for_same_logs(cluster.brokers, TOPIC, total)
            wait_for_whole_isrs(cluster.bootstrap, TOPIC)
    print(f"{total} records, three times each")


if __name__ == "__main__":
    main()
