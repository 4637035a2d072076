#!/usr/bin/env python3
"""Three brokers under load, stopped and killed one after the other: nothing that was acknowledged is lost, repeated or
out of order, a controlled shutdown moves every leader before the broker goes, and every ISR is whole again afterwards.

    rolling.py [KIND KIND KIND]     "ours" (default) or "apache", for brokers 1, 2 and 3 in the order of their start
"""
import json
import sys
import threading

import clients
from apache_broker import ApacheBroker
from harness import Broker, Cluster, wait_until
from records import check, mix, value_of

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")
kazoo = clients.module("kazoo.client", "python3-kazoo")

TOPIC = "rolling"
PARTITIONS = 6
PROPERTIES = {"min.insync.replicas": "2", "replica.lag.time.max.ms": "4000", "default.replication.factor": "3",
              "controlled.shutdown.retry.backoff.ms": "500"}


def payload(n):
    return b"%d " % n + (value_of(mix(n)) or b"")


class Load(threading.Thread):
    """One idempotent producer with acks=all that never stops; record n goes to partition n % PARTITIONS."""

    def __init__(self, bootstrap):
        super().__init__(daemon=True)
        self.sent = 0
        self.acknowledged = 0
        self.failed = []
        self._ended = threading.Event()
        self._producer = confluent.Producer({
            "bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 2, "reconnect.backoff.ms": 20,
            "reconnect.backoff.max.ms": 100, "retry.backoff.ms": 20, "message.timeout.ms": 120000,
            "queue.buffering.max.messages": 1000, "log_level": 0})

    def _delivered(self, error, _):
        if error is not None:
            self.failed.append(error)
        else:
            self.acknowledged += 1

    def run(self):
        while not self._ended.is_set():
            for _ in range(10):
                n = self.sent
                try:
                    self._producer.produce(TOPIC, payload(n), partition=n % PARTITIONS, on_delivery=self._delivered)
                except BufferError:
                    break
                self.sent += 1
            self._producer.poll(0.02)

    def goes_on(self):
        before = self.acknowledged
        wait_until("the producer's progress", lambda: self.acknowledged > before + 50 or self.failed)
        check("failed deliveries", TOPIC, self.failed[:3], [])

    def end(self):
        self._ended.set()
        self.join()
        check("records left unsent", TOPIC, self._producer.flush(60), 0)
        check("failed deliveries", TOPIC, self.failed[:3], [])


class Story:
    def __init__(self, cluster):
        self.cluster = cluster
        self.zookeeper = kazoo.KazooClient(cluster.zookeeper.address)
        self.zookeeper.start()

    def json(self, path):
        return json.loads(self.zookeeper.get(path)[0])

    def states(self):
        return [self.json(f"/brokers/topics/{TOPIC}/partitions/{p}/state") for p in range(PARTITIONS)]

    def controller(self):
        node = self.zookeeper.retry(lambda: self.zookeeper.exists("/controller"))
        return self.json("/controller")["brokerid"] if node else None

    def create(self):
        client = admin.AdminClient({"bootstrap.servers": self.cluster.bootstrap})
        new = admin.NewTopic(TOPIC, num_partitions=PARTITIONS, replication_factor=3)
        wait_until("the controller's election", self.controller)
        for created in client.create_topics([new], operation_timeout=30).values():
            created.result()
        self.whole()

    def whole(self):
        wait_until("whole ISRs", lambda: all(len(state["isr"]) == 3 for state in self.states()))

    def leave(self, broker):
        """SIGTERM: when it has gone, its registration has too, it leads nothing, and no ISR has it."""
        path = f"/brokers/ids/{broker.id}"
        check("registered", path, self.zookeeper.exists(path) is not None, True)
        begin = broker.log.stat().st_size
        broker.process.terminate()
        wait_until("the broker's end", lambda: broker.process.poll() is not None)
        check("exit code", broker.id, broker.process.returncode, 143)
        check("still registered", path, self.zookeeper.exists(path), None)
        seen = self.states()
        check("still led", broker.id, [s for s in seen if s["leader"] == broker.id], [])
        check("still in sync", broker.id, [s for s in seen if broker.id in s["isr"]], [])
        check("unclean", broker.id, "Controlled shutdown request returned successfully" in broker.text(begin), True)

    def die(self, broker):
        broker.kill()
        wait_until("its leaders to move", lambda: all(s["leader"] != broker.id and broker.id not in s["isr"]
                                                      for s in self.states()))


def read_back(bootstrap, sent):
    """Every record once, in the order it was sent."""
    consumer = confluent.Consumer({"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False,
                                   "auto.offset.reset": "error", "fetch.wait.max.ms": 50})
    consumer.assign([confluent.TopicPartition(TOPIC, p, confluent.OFFSET_BEGINNING) for p in range(PARTITIONS)])
    following = list(range(PARTITIONS))
    for _ in range(sent):
        message = consumer.poll(20)
        check("silence", following, message is not None, True)
        check("error", following, message.error(), None)
        p = message.partition()
        check("record", p, message.value(), payload(following[p]))
        following[p] += PARTITIONS
    consumer.close()


def main():
    kinds = sys.argv[1:] or ["ours"] * 3
    cluster = Cluster(brokers=0)
    with cluster:
        for i, kind in enumerate(kinds, 1):
            broker = Broker(cluster.directory / f"broker{i}", cluster.zookeeper, i, PROPERTIES)
            cluster.brokers.append(ApacheBroker(broker) if kind == "apache" else broker)
            cluster.brokers[-1].start()
        story = Story(cluster)
        story.create()
        load = Load(cluster.bootstrap)
        load.start()
        for end in (story.leave, story.die):
            for broker in cluster.brokers:
                load.goes_on()
                print(f"{end.__name__}: broker {broker.id}, controller is {story.controller()}", flush=True)
                end(broker)
                load.goes_on()
                broker.start()
                story.whole()
        load.end()
        story.zookeeper.stop()
        read_back(cluster.bootstrap, load.sent)
        print(f"{load.sent} records, each once and in order")


main()
