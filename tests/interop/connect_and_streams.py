"""Kafka Connect and a Kafka Streams word count go on through restarts of our brokers, and lose nothing.

Three brokers. Two distributed Connect workers move lines from a file to a topic and from there to another file; a Streams
program counts the words of other lines, at least once. While both are fed, one broker is restarted cleanly and another one
killed and started again. In the end every line has arrived, and every word is counted as often as it was sent or more.

    connect_and_streams.py [MINUTES]         of feeding; without it, for as long as the restarts take
"""
import collections
import json
import random
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import clients
from harness import BIN, Cluster, free_port, wait_until

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")

PROPERTIES = {"offsets.topic.replication.factor": "3", "min.insync.replicas": "2", "default.replication.factor": "3"}
QUIET = {"log_level": 0}  # a broker that is away is no news here
PER_SECOND = 100
PATIENCE = 180
WORKER = """bootstrap.servers={bootstrap}
group.id=connect-cluster
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
config.storage.topic=connect-configs
offset.storage.topic=connect-offsets
offset.storage.partitions=5
status.storage.topic=connect-status
status.storage.partitions=3
offset.flush.interval.ms=2000
listeners=HTTP://127.0.0.1:{port}
rest.advertised.host.name=127.0.0.1
rest.advertised.port={port}
"""


class Programs:
    """The JVMs; what they say is in the cluster's directory."""

    def __init__(self, cluster):
        self.cluster, self.running = cluster, []

    def start(self, name, *command):
        with open(self.cluster.directory / f"{name}.log", "wb") as log:
            self.running.append(subprocess.Popen(
                ["java", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                 f"-Dlog4j.configuration=file:{clients.HERE}/apache/log4j.properties", "-cp", clients.maven("connect"),
                 *map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def check(self):
        assert all(program.poll() is None for program in self.running), "a program has ended; see its log"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in self.running:
            program.kill()
            program.wait()


class Connect:
    """A connector each way between files and the topic `moved`."""

    def __init__(self, cluster, programs):
        self.source, self.sink = cluster.directory / "in.txt", cluster.directory / "out.txt"
        self.source.touch()
        self.sink.touch()
        ports = [free_port(), free_port()]
        for port in ports:
            config = cluster.directory / f"worker{port}.properties"
            config.write_text(WORKER.format(bootstrap=cluster.bootstrap, port=port))
            programs.start(f"worker{port}", "org.apache.kafka.connect.cli.ConnectDistributed", config)
        self.url = f"http://127.0.0.1:{ports[0]}/connectors"

    def create(self):
        self._create("source", {"connector.class": "FileStreamSource", "file": str(self.source), "topic": "moved"})
        self._create("sink", {"connector.class": "FileStreamSink", "file": str(self.sink), "topics": "moved"})

    def _create(self, name, config):
        body = json.dumps({"name": name, "config": config}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})

        def accepted():
            """Not while a worker starts or the workers share their work out; 409 also: it is there already."""
            try:
                urllib.request.urlopen(request, timeout=90).close()
            except urllib.error.HTTPError as error:
                return error.code == 409 and b"already exists" in error.read()
            except OSError:
                return False
            return True
        wait_until(f"connector {name}", accepted, PATIENCE)

    def arrived(self):
        return self.sink.read_text().splitlines()


class Feeder(threading.Thread):
    """Writes lines to the file, and others, of words, to the topic `lines`."""

    def __init__(self, cluster, source):
        super().__init__()
        self.producer = confluent.Producer(QUIET | {"bootstrap.servers": cluster.bootstrap, "enable.idempotence": True})
        self.file = open(source, "a", buffering=1)
        self.lines, self.words, self.refused = 0, collections.Counter(), []
        self.enough = threading.Event()

    def run(self):
        vocabulary = [f"word{i}" for i in range(100)]
        while not self.enough.wait(1 / PER_SECOND):
            words = random.choices(vocabulary, k=5)
            self.words.update(words)
            self.producer.produce("lines", " ".join(words), key=words[0], on_delivery=self.delivered)
            self.producer.poll(0)
            self.file.write(f"line {self.lines}\n")
            self.lines += 1

    def delivered(self, error, message):
        if error:
            self.refused.append((error, message.value()))

    def finish(self):
        self.enough.set()
        self.join()
        left = self.producer.flush(PATIENCE)
        assert left == 0 and not self.refused, (left, self.refused[:3])
        self.file.close()


class Counts:
    """The newest count of each word in the topic `counted`."""

    def __init__(self, cluster):
        self.consumer = confluent.Consumer(QUIET | {"bootstrap.servers": cluster.bootstrap, "group.id": "check",
                                                    "auto.offset.reset": "earliest"})
        self.consumer.subscribe(["counted"])
        self.newest = collections.Counter()

    def read(self):
        for message in self.consumer.consume(10_000, timeout=0.1):
            if not message.error():
                self.newest[message.key().decode()] = int.from_bytes(message.value(), "big")
        return self.newest


def both_go_on(programs, connect, counts, feeder):
    """Returns when what is written from now on has passed through Connect, and something through Streams."""
    line = f"line {feeder.lines + 1}"
    counted = counts.read().total()

    def moved():
        programs.check()
        return line in connect.arrived() and counts.read().total() > counted
    wait_until("that Connect and Streams go on", moved, PATIENCE)
    print(f"{feeder.lines} lines written, {len(connect.arrived())} arrived, {counts.newest.total()} words counted", flush=True)


def restart_brokers(cluster, step):
    step()
    cluster.brokers[0].stop()
    cluster.brokers[0].start()
    print("a broker restarted", flush=True)
    step()
    cluster.brokers[1].kill()
    cluster.brokers[1].start()
    print("a broker killed and started", flush=True)
    step()


def verdict(connect, counts, feeder):
    wanted = {f"line {i}" for i in range(feeder.lines)}
    try:
        wait_until("the last line", lambda: wanted <= set(connect.arrived()), PATIENCE)
        wait_until("the last word", lambda: counts.read() >= feeder.words, PATIENCE)
    except TimeoutError as late:
        missing = sorted(wanted - set(connect.arrived()))
        sys.exit(f"{late}: {len(missing)} lines are missing {missing[:5]}, and the words {feeder.words - counts.newest}")
    lines = connect.arrived()
    assert set(lines) == wanted, set(lines) - wanted
    print(f"{len(wanted)} lines arrived, {len(lines) - len(wanted)} again; {feeder.words.total()} words counted, "
          f"{(counts.newest - feeder.words).total()} again")


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 0
    with Cluster(brokers=3, first_id=1, properties=PROPERTIES) as cluster, Programs(cluster) as programs:
        for topic in ("lines", "counted", "moved"):
            subprocess.run([BIN / "kafka-topics", "--bootstrap-server", cluster.bootstrap, "--create", "--topic", topic,
                            "--partitions", "2"], check=True, capture_output=True)
        programs.start("streams", clients.HERE / "WordCount.java", cluster.bootstrap, cluster.directory / "state")
        connect, counts = Connect(cluster, programs), Counts(cluster)
        connect.create()
        feeder = Feeder(cluster, connect.source)
        feeder.start()
        try:
            begun = time.monotonic()

            def step():
                both_go_on(programs, connect, counts, feeder)
            restart_brokers(cluster, step)
            while time.monotonic() - begun < minutes * 60:
                step()
        finally:
            feeder.finish()
        verdict(connect, counts, feeder)


if __name__ == "__main__":
    main()
