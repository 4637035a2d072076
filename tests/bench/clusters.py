"""Clusters to compare: Barnabas or Apache Kafka 3.9.1, with a quorum of three ZooKeeper servers as in production."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

import clients
import harness
from apache_broker import ApacheBroker

kazoo = clients.module("kazoo.client", "python3-kazoo")
confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")

SETTLED_SECONDS = 300


class Apache(ApacheBroker):
    """With the memory and the compiler of a real installation."""

    def command(self):
        words = super().command()
        return [words[0], "-Xms1g", "-Xmx1g", "-XX:+UseG1GC", *words[4:]]


KINDS = {"Barnabas": lambda broker: broker, "Apache 3.9.1": Apache}


def start(broker):
    """Broker.start with the patience that a JVM on a busy machine needs."""
    begin = broker.launch()
    harness.wait_until("the broker's start", lambda: f"[KafkaServer id={broker.id}] started" in broker.text(begin),
                       SETTLED_SECONDS)


class Quorum(harness.ZooKeeper):
    """Three servers, each with ports of its own for the others."""

    def __init__(self, directory):
        super().__init__(directory)
        self.address = ",".join(f"127.0.0.1:{self.port + k}" for k in range(3))

    def start(self):
        subprocess.run([harness.ROOT / "tools/zookeeper-local", "start-quorum", self.directory, str(self.port)], check=True)

    def stop(self):
        for k in (1, 2, 3):
            subprocess.run([harness.ROOT / "tools/zookeeper-local", "stop", f"{self.directory}{k}"], check=True)


class Cluster(harness.Cluster):
    """Brokers 1..N of one kind; `zk` is a session beside theirs."""

    def __init__(self, kind, brokers, properties, quorum=True):
        super().__init__(brokers=0)
        if quorum:
            self.zookeeper = Quorum(self.directory / "zookeeper")
        self.kind, self.wanted, self.settings = kind, brokers, properties
        self.zk = self.client = None

    def __enter__(self):
        super().__enter__()
        try:
            self.zk = kazoo.KazooClient(self.zookeeper.address)
            self.zk.start()
            for number in range(1, self.wanted + 1):
                plain = harness.Broker(self.directory / f"broker{number}", self.zookeeper, number, self.settings)
                self.brokers.append(KINDS[self.kind](plain))
                start(self.brokers[-1])
            harness.wait_until("brokers that know each other", self.all_known)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *reason):
        if self.zk:
            self.zk.stop()
        super().__exit__(*reason)

    def all_known(self):
        known = [admin.AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0}).list_topics(timeout=30).brokers
                 for broker in self.brokers]
        return all(len(brokers) == self.wanted for brokers in known)

    def tool(self, name, *arguments):
        subprocess.run([harness.BIN / f"{name}.sh", "--bootstrap-server", self.brokers[0].bootstrap, *arguments],
                       check=True, stdout=subprocess.DEVNULL, timeout=120)

    def create(self, topic, partitions, replicas, **config):
        settings = [word for key, value in config.items() for word in ("--config", f"{key.replace('_', '.')}={value}")]
        self.tool("kafka-topics", "--create", "--topic", topic, "--partitions", str(partitions),
                  "--replication-factor", str(replicas), *settings)

    def make_offsets_topic(self):
        """The first question for a coordinator makes it."""
        consumer = confluent.Consumer({"bootstrap.servers": self.bootstrap, "group.id": "first", "log_level": 0})

        def committed():
            try:
                return consumer.committed([confluent.TopicPartition("any", 0)], timeout=1)
            except confluent.KafkaException:
                return None
        harness.wait_until("__consumer_offsets", committed, SETTLED_SECONDS)
        consumer.close()

    def partitions(self, topic):
        """partition -> (leader, how many are in sync), as the first living broker has it."""
        if not self.client:
            self.client = admin.AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        found = self.client.list_topics(topic, timeout=30)
        return {p.id: (p.leader, len(p.isrs)) for p in found.topics[topic].partitions.values()}

    def leaders(self, topic, partitions):
        """partition -> leader; a broker that has just started may not have heard of the topic."""
        found = {}

        def all_known():
            found.update((p, leader) for p, (leader, _) in self.partitions(topic).items())
            return len(found) == partitions
        harness.wait_until("a metadata answer with every partition", all_known)
        return found

    def wait_until_whole(self, topic, partitions, replicas, pause=0.02):
        def whole():
            found = self.partitions(topic)
            return len(found) == partitions and all(in_sync == replicas for _, in_sync in found.values())
        harness.wait_until("whole ISRs", whole, SETTLED_SECONDS, pause)

    def preferred_leaders(self):
        """Each partition back to its first replica; not an error if it is there already."""
        done = subprocess.run([harness.BIN / "kafka-leader-election.sh", "--bootstrap-server", self.bootstrap,
                               "--election-type", "preferred", "--all-topic-partitions"],
                              check=False, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def controller(self):
        number = json.loads(self.zk.get("/controller")[0])["brokerid"]
        return next(broker for broker in self.brokers if broker.id == number)


JAVA_PACE = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", clients.maven("clients-3.9"),
             pathlib.Path(__file__).with_name("Pace.java")]


class Pace:
    """bench_pace, or what else does the same, while it runs; `samples` (partition, due, acknowledged) when the block has ended."""

    def __init__(self, cluster, topic, partitions, producers, per_second, record_bytes=100, program=None, **settings):
        words = [f"{key.replace('_', '.')}={value}" for key, value in settings.items()]
        self.command = [*(program or [harness.BIN / "bench_pace"]), cluster.bootstrap, topic, partitions, producers, per_second,
                        record_bytes, *words]
        self.output = cluster.directory / "pace"
        self.samples = []

    def __enter__(self):
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen([str(word) for word in self.command], stdin=subprocess.PIPE, stdout=out)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        if self.process.wait(120):
            raise RuntimeError(f"{self.command[0]} failed")
        for line in self.output.read_text().splitlines():
            partition, due, done = line.split()
            self.samples.append((int(partition), float(due), float(done)))


@contextlib.contextmanager
def expiry_of(cluster, path):
    """Gives a list that gets the moment (CLOCK_MONOTONIC) at which ZooKeeper dropped `path`."""
    seen = []
    if cluster.zk.exists(path, watch=lambda _: seen.append(time.monotonic())) is None:
        raise RuntimeError(f"no {path}")
    yield seen


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def choose_programs(build):
    harness.BIN = build / "bin"
    os.environ["BARNABAS_BIN"] = str(harness.BIN)
