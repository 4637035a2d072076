#!/usr/bin/env python3
"""Replicas move between two log.dirs of one broker, by Apache's own tools: what kafka-log-dirs and
kafka-reassign-partitions print on our broker is what they print on a real one; a move that kill -9 cuts short goes on
after the restart; and no acknowledged record is missing afterwards."""
import json
import pathlib
import re
import subprocess
import threading

import clients
from apache_broker import ApacheBroker
from apache_tools import ApacheTools
from harness import Broker, Cluster, wait_until
from records import check

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")

LOG_DIRS = "org.apache.kafka.tools.LogDirsCommand"
REASSIGN = "org.apache.kafka.tools.reassign.ReassignPartitionsCommand"
TOPIC = "moved"
BIG = 400  # records of 128 KiB: enough for a kill in the middle of the copying


def two_directories(broker):
    return [str(broker.directory / name) for name in ("a", "b")]


class Tools:
    """Apache's, on one broker."""

    def __init__(self, apache, broker):
        self.apache, self.broker = apache, broker

    def run(self, name, *words):
        ran = self.apache.run(name, ["--bootstrap-server", self.broker.bootstrap, *words])
        text = re.sub(r'"size":\d+', '"size":0', ran.out + ran.err)
        return text.replace(str(self.broker.directory), "DIR") + f"[exit {ran.code}]\n"

    def log_dirs(self, topic):
        return self.run(LOG_DIRS, "--describe", "--topic-list", topic)

    def reassign(self, target, *words):
        return self.run(REASSIGN, *plan(self.broker, target), *words)


def plan(broker, target):
    path = broker.directory / "plan.json"
    path.write_text(json.dumps({"version": 1, "partitions": [
        {"topic": TOPIC, "partition": 0, "replicas": [broker.id], "log_dirs": [target]}]}))
    return ["--reassignment-json-file", str(path)]


def create(broker):
    client = admin.AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    client.create_topics([admin.NewTopic(TOPIC, num_partitions=1, replication_factor=1)])[TOPIC].result(30)


def where(broker):
    """The log directory that has the partition; None in the middle of a swap."""
    found = [d for d in two_directories(broker) if (pathlib.Path(d) / f"{TOPIC}-0").is_dir()]
    return found[0] if len(found) == 1 else None


def other(broker, directory):
    return next(d for d in two_directories(broker) if d != directory)


def copying(directory):
    """Bytes in the copy that is being made there."""
    return sum(p.stat().st_size for p in pathlib.Path(directory).glob(f"{TOPIC}-0.*-future/*.log"))


class Load(threading.Thread):
    """Writes numbered records and remembers those that were acknowledged."""

    def __init__(self, bootstrap, padding=0, limit=None):
        super().__init__(daemon=True)
        self.acknowledged = {}
        self.ended = threading.Event()
        self.sent = 0
        self.padding, self.limit = b"x" * padding, limit
        # One request in flight: of two, the first may come before the restarted broker has been told of its partition
        # and the second after, which librdkafka takes for lost records and gives up for good.
        self.producer = confluent.Producer({
            "bootstrap.servers": bootstrap, "linger.ms": 2, "enable.idempotence": True, "message.timeout.ms": 120000,
            "max.in.flight.requests.per.connection": 1,
            "reconnect.backoff.max.ms": 100, "log_level": 0})

    def run(self):
        while not self.ended.is_set() and (self.limit is None or self.sent < self.limit):
            n = self.sent
            try:
                self.producer.produce(TOPIC, b"%d " % n + self.padding, partition=0, on_delivery=self.done(n))
                self.sent += 1
            except BufferError:
                pass
            self.producer.poll(0.002 if self.limit is None else 0)
        self.producer.flush(120)

    def done(self, n):
        def told(error, message):
            if error is None:
                self.acknowledged[message.offset()] = n
        return told

    def stop(self):
        """If there is no limit: else it ends by itself."""
        if self.limit is None:
            self.ended.set()
        self.join(180)
        check("records not acknowledged", TOPIC, self.sent - len(self.acknowledged), 0)


def read_back(broker, wanted):
    """From the first of them on, every offset is there, and each record where it was acknowledged."""
    first = min(wanted)
    consumer = confluent.Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "unused",
                                   "enable.auto.commit": False, "auto.offset.reset": "error"})
    consumer.assign([confluent.TopicPartition(TOPIC, 0, first)])
    seen = {}
    while not wanted.keys() <= seen.keys():
        message = consumer.poll(20)
        check("silence", len(seen), message is not None, True)
        check("error", message.offset(), message.error(), None)
        seen[message.offset()] = int(message.value().split()[0])
    consumer.close()
    check("records", TOPIC, all(seen[o] == n for o, n in wanted.items()), True)
    check("offsets without a record", TOPIC, sorted(seen) == list(range(first, first + len(seen))), True)


def told_by_tools(apache, broker):
    """What Apache's tools print through a whole move, and for what cannot be done."""
    create(broker)
    load = Load(broker.bootstrap, limit=200)
    load.start()
    load.stop()
    target = other(broker, where(broker))
    tools = Tools(apache, broker)
    said = [tools.log_dirs(TOPIC), tools.log_dirs("nobodys"), tools.reassign("/not/in/log.dirs", "--execute"),
            tools.reassign(target, "--execute")]
    wait_until("the move", lambda: where(broker) == target and not copying(target))
    said += [tools.reassign(target, "--verify", "--preserve-throttles"),
             tools.reassign(other(broker, target), "--verify", "--preserve-throttles"), tools.log_dirs(TOPIC)]
    read_back(broker, load.acknowledged)
    # Which of the two it was is chance.
    swapped = {target: "TARGET", other(broker, target): "HOME"}
    names = {path.replace(str(broker.directory), "DIR"): name for path, name in swapped.items()}
    text = "".join(said)
    for path, name in names.items():
        text = re.sub(re.escape(path) + r"\b", name, text)
    return sorted_directories(text)


def sorted_directories(text):
    """The order of a broker's directories in the answer is that of a hash set."""
    def in_order(match):
        told = json.loads(match.group(0))
        for broker in told["brokers"]:
            broker["logDirs"].sort(key=lambda d: d["logDir"])
        return json.dumps(told)
    return re.sub(r'^\{.*"logDirs".*\}$', in_order, text, flags=re.M)


def the_same_as_apache(cluster, tools):
    ours = told_by_tools(tools, cluster.broker)
    real = Broker(cluster.directory / "real", cluster.zookeeper, cluster.broker.id, {})
    cluster.broker.stop()
    kazoo = clients.module("kazoo.client", "python3-kazoo").KazooClient(cluster.zookeeper.address)
    kazoo.start()
    kazoo.create("/apart")
    kazoo.stop()
    real.properties |= {"log.dirs": ",".join(two_directories(real)),
                        "zookeeper.connect": cluster.zookeeper.address + "/apart"}
    apache = ApacheBroker(real)
    cluster.brokers.append(apache)
    apache.start()
    theirs = told_by_tools(tools, apache)
    apache.stop()
    if ours != theirs:
        print(f"--- theirs\n{theirs}+++ ours\n{ours}")
    check("what the tools print", "", ours == theirs, True)
    cluster.broker.start()


def killed_while_copying(broker):
    """Asks for a move and kills the broker as soon as there is a copy; False if the move had ended by then."""
    home = where(broker)
    target = other(broker, home)
    asking = subprocess.Popen(["java", "-cp", clients.maven("apache"), REASSIGN, "--bootstrap-server", broker.bootstrap,
                               *plan(broker, target), "--execute"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until("the copying", lambda: copying(target) > 0 or where(broker) == target)
    broker.kill()
    in_the_middle = any(pathlib.Path(target).glob(f"{TOPIC}-0.*-future"))
    asking.kill()  # or it would ask again
    asking.wait()
    broker.start()
    wait_until("the move's end", lambda: where(broker) == target)
    return in_the_middle


def a_kill_in_the_middle(cluster):
    broker = cluster.broker
    big = Load(broker.bootstrap, padding=128 << 10, limit=BIG)
    big.start()
    big.stop()
    load = Load(broker.bootstrap)
    load.start()
    tries = 1
    while not killed_while_copying(broker):
        tries += 1
        check("moves that ended before the kill", "", tries < 10, True)
    load.stop()
    check("offsets of both", "", len(big.acknowledged.keys() & load.acknowledged.keys()), 0)
    read_back(broker, big.acknowledged | load.acknowledged)


def main():
    cluster = Cluster(properties=lambda i: {
        "log.dirs": ",".join(str(cluster.directory / f"broker{i}" / name) for name in ("a", "b"))})
    with cluster, ApacheTools() as tools:
        the_same_as_apache(cluster, tools)
        a_kill_in_the_middle(cluster)
    print("moves between log directories: as Apache's, and whole after kill -9")


if __name__ == "__main__":
    main()
