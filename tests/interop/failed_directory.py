#!/usr/bin/env python3
"""One of two log directories of a broker goes: its partitions get other leaders, the broker serves the others on, and
when it is started on a new directory every ISR is whole again."""
import json

import clients
from harness import Cluster, wait_until
from records import check

admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")
confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
kazoo = clients.module("kazoo.client", "python3-kazoo")

TOPIC = "spread"
PARTITIONS = 8


class Story:
    def __init__(self, cluster):
        self.cluster = cluster
        self.broker = cluster.brokers[1]
        self.first, self.second = (self.broker.directory / name for name in ("first", "second"))
        self.zookeeper = kazoo.KazooClient(cluster.zookeeper.address)
        self.zookeeper.start()

    def states(self):
        path = f"/brokers/topics/{TOPIC}/partitions"
        return [json.loads(self.zookeeper.get(f"{path}/{p}/state")[0]) for p in range(PARTITIONS)]

    def whole(self):
        wait_until("whole ISRs", lambda: all(len(state["isr"]) == 3 for state in self.states()))

    def create(self):
        clients = [admin.AdminClient({"bootstrap.servers": broker.bootstrap}) for broker in self.cluster.brokers]
        wait_until("every broker to know the one that has restarted",
                   lambda: all(len(client.list_topics(timeout=10).brokers) == 3 for client in clients))
        client = clients[0]
        new = admin.NewTopic(TOPIC, num_partitions=PARTITIONS, replication_factor=3)
        for created in client.create_topics([new], operation_timeout=30).values():
            created.result()
        self.whole()

    def produce(self):
        """One record to each partition; nothing else than a full acknowledgement will do."""
        failed = []
        producer = confluent.Producer({"bootstrap.servers": self.cluster.bootstrap, "acks": "all", "log_level": 0})
        for p in range(PARTITIONS):
            producer.produce(TOPIC, b"x", partition=p, on_delivery=lambda error, _: failed.append(error) if error else None)
        check("records left unsent", TOPIC, producer.flush(60), 0)
        check("failed deliveries", TOPIC, failed, [])

    def lose_the_first(self):
        """A file stands where the directory was: whatever is written there fails."""
        lost = {int(p.name.rsplit("-", 1)[1]) for p in self.first.glob(f"{TOPIC}-*")}
        check("partitions in each directory", lost, 0 < len(lost) < PARTITIONS, True)
        self.first.rename(self.broker.directory / "lost")
        self.first.write_text("")
        wait_until("the lost partitions to move",
                   lambda: all((self.broker.id in state["isr"]) == (p not in lost) for p, state in enumerate(self.states())))
        leaders = [state["leader"] for state in self.states()]
        check("leaders of what was lost", leaders, [p for p in lost if leaders[p] == self.broker.id], [])
        wait_until("the announcement to be cleared away",
                   lambda: not self.zookeeper.get_children("/log_dir_event_notification"))
        check("still running", self.broker.id, self.broker.process.poll(), None)


def main():
    with Cluster(brokers=3, first_id=1, properties={"min.insync.replicas": "2"}) as cluster:
        story = Story(cluster)
        story.broker.stop()
        story.broker.properties["log.dirs"] = f"{story.first},{story.second}"
        story.broker.start()
        story.create()
        story.produce()
        story.lose_the_first()
        story.produce()
        story.broker.stop()
        story.first.unlink()
        story.broker.start()
        story.whole()
        story.produce()
        story.zookeeper.stop()
        print("ok")


main()
