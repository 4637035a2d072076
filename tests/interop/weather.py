"""What happens to brokers and ZooKeeper servers in production: deaths, pauses, restarts, moves. A seed decides what is chance."""
import json
import random
import signal
import subprocess
import threading

import clients
from harness import BIN, wait_until
from records import check

kazoo = clients.module("kazoo.client", "python3-kazoo")
NoNodeError = clients.module("kazoo.exceptions", "python3-kazoo").NoNodeError


class Weather:
    """`topics`: name -> partitions, whose replicas (all brokers, unless a move says otherwise) a whole cluster has in sync."""

    def __init__(self, cluster, seed, topics):
        self.cluster, self.topics = cluster, topics
        self.random = random.Random(seed)
        self.zookeeper = kazoo.KazooClient(cluster.zookeeper.address, command_retry={"max_tries": -1})
        self.zookeeper.start()

    def end(self):
        self.zookeeper.stop()

    def get(self, path):
        """The node's JSON; None when it is not there."""
        try:
            return json.loads(self.zookeeper.retry(self.zookeeper.get, path)[0])
        except NoNodeError:
            return None

    def state(self, topic, partition):
        return self.get(f"/brokers/topics/{topic}/partitions/{partition}/state")

    def replicas(self, topic, partition):
        return self.get(f"/brokers/topics/{topic}")["partitions"][str(partition)]

    def in_sync(self, topic, partition):
        state = self.state(topic, partition)
        return state and sorted(state["isr"]) == sorted(self.replicas(topic, partition))

    def whole(self):
        registered = [self.get(f"/brokers/ids/{broker.id}") for broker in self.cluster.brokers]
        return (all(registered) and self.get("/controller") and not self.get("/admin/reassign_partitions") and
                all(self.in_sync(topic, p) for topic, count in self.topics.items() for p in range(count)))

    def leader(self, topic, partition):
        """The broker that leads; waits until one does."""
        def leading():
            state = self.state(topic, partition)
            return [broker for broker in self.cluster.brokers if state and broker.id == state["leader"]]
        wait_until(f"a leader of {topic}-{partition}", leading)
        return leading()[0]

    def kill(self, broker):
        broker.kill()
        self.wait_for_chance()
        broker.start()

    def pause(self, broker):
        broker.process.send_signal(signal.SIGSTOP)
        wait_until("its session's end", lambda: not self.get(f"/brokers/ids/{broker.id}"))
        self.wait_for_chance()
        broker.process.send_signal(signal.SIGCONT)
        wait_until("its return", lambda: self.get(f"/brokers/ids/{broker.id}"))

    def restart(self, broker):
        check("exit code", broker.id, broker.stop(), 143)
        self.wait_for_chance()
        broker.start()

    def zookeeper_server(self, _):
        self.cluster.zookeeper.kill(self.random.randrange(1, 4))
        self.wait_for_chance()
        self.cluster.zookeeper.start()

    def move(self, topic, partition, replicas):
        plan = self.cluster.directory / "move.json"
        plan.write_text(json.dumps({"version": 1, "partitions": [
            {"topic": topic, "partition": partition, "replicas": replicas}]}))
        command = [BIN / "kafka-reassign-partitions", "--bootstrap-server", self.cluster.bootstrap,
                   "--reassignment-json-file", plan]
        subprocess.run(command + ["--execute"], check=True, capture_output=True)
        wait_until("the end of the move", lambda: sorted(self.replicas(topic, partition)) == sorted(replicas)
                   and self.in_sync(topic, partition))

    def wait_for_chance(self):
        """Not for anything to happen: how long what is away stays away is chance, from nothing to a session and more."""
        threading.Event().wait(self.random.choice([0, self.random.random() * 2, self.random.random() * 8]))
