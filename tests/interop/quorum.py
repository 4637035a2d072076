#!/usr/bin/env python3
"""`make cluster`: three brokers and a ZooKeeper quorum of three; one ZooKeeper server dies and nothing is noticed."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import clients
from harness import BIN, ROOT, free_ports_for_a_quorum
from records import check

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")


class LocalCluster:
    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="barnabas-"))
        self.port, self.zk_port = free_ports_for_a_quorum(), free_ports_for_a_quorum()
        self.bootstrap = ",".join(f"127.0.0.1:{self.port + k}" for k in range(3))

    def run(self, what):
        settings = {"PORT": str(self.port), "ZK_PORT": str(self.zk_port), "DATA": str(self.directory),
                    "BUILD": os.path.relpath(BIN.parent, ROOT)}
        return subprocess.run([ROOT / "tools/run-cluster", what], env=os.environ | settings, check=True,
                              capture_output=True, text=True, timeout=120).stdout

    def __enter__(self):
        try:
            print(self.run("start"))
        except subprocess.CalledProcessError as failed:
            self.__exit__(failed)
            raise RuntimeError(failed.stdout + failed.stderr) from failed
        return self

    def __exit__(self, kind, *_):
        self.run("stop")
        if kind is None:
            shutil.rmtree(self.directory, ignore_errors=True)

    def kill_zookeeper(self, number):
        os.kill(int((self.directory / f"zookeeper{number}" / "pid").read_text()), signal.SIGKILL)

    def controllers(self):
        """How often a broker was elected, by the brokers' logs."""
        logs = [(self.directory / f"broker{k}" / "broker.log").read_text() for k in (1, 2, 3)]
        return sum(log.count("successfully elected as the controller") for log in logs)

    def registrations(self):
        logs = [(self.directory / f"broker{k}" / "broker.log").read_text() for k in (1, 2, 3)]
        return sum(log.count("Registered broker") for log in logs)


def produce(cluster, topic, count):
    errors = []
    producer = confluent.Producer({"bootstrap.servers": cluster.bootstrap, "acks": "all", "message.timeout.ms": 20000})
    for n in range(count):
        producer.produce(topic, b"%d" % n, on_delivery=lambda error, _: error and errors.append(error))
    check("unsent", topic, producer.flush(30), 0)
    check("errors", topic, errors, [])


def main():
    with LocalCluster() as cluster:
        for server in (1, 2, 3):
            elected, registered = cluster.controllers(), cluster.registrations()
            cluster.kill_zookeeper(server)
            create = [BIN / "kafka-topics.sh", "--bootstrap-server", cluster.bootstrap, "--create", "--topic", f"during-{server}",
                      "--partitions", "3", "--replication-factor", "3"]
            subprocess.run(create, check=True, timeout=60)
            produce(cluster, f"during-{server}", 1000)
            check("elections", server, cluster.controllers(), elected)
            check("registrations", server, cluster.registrations(), registered)
            cluster.run("start")  # brings the dead server back


main()
