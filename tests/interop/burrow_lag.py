"""Burrow, which knows groups only from what it reads in __consumer_offsets, reports the lag that kafka-consumer-groups does."""
import json
import subprocess
import sys
import urllib.error
import urllib.request

import clients
from group_members import Member, commit
from harness import BIN, Cluster, free_port, wait_until

CONFIG = """
[general]
pidfile="{directory}/burrow.pid"
[logging]
filename="{directory}/burrow.log"
level="info"
[zookeeper]
servers=["{zookeeper}"]
root-path="/burrow"
[client-profile.p]
kafka-version="2.0.0"
client-id="burrow"
[cluster.c]
class-name="kafka"
servers=["{broker}"]
client-profile="p"
topic-refresh=1
offset-refresh=1
[consumer.c]
class-name="kafka"
cluster="c"
servers=["{broker}"]
client-profile="p"
[evaluator.e]
class-name="caching"
expire-cache=1
[httpserver.h]
address="127.0.0.1:{port}"
[storage.s]
class-name="inmemory"
workers=2
intervals=4
min-distance=0
"""


def seen_by_burrow(port, group):
    """(topic, partition) -> lag, as far as Burrow knows yet; it also lists partitions without an offset."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v3/kafka/c/consumer/{group}/lag", timeout=10) as answer:
            rows = json.load(answer)["status"]["partitions"] or []
    except (urllib.error.URLError, ConnectionError):
        return {}
    return {(row["topic"], row["partition"]): row["current_lag"] for row in rows if row["end"]}


def seen_by_tool(broker, group):
    ran = subprocess.run([BIN / "kafka-consumer-groups", "--bootstrap-server", broker.bootstrap, "--describe", "--group", group],
                         capture_output=True, text=True, check=True)
    rows = [line.split() for line in ran.stdout.splitlines() if line.startswith(group)]
    return {(row[1], int(row[2])): int(row[5]) for row in rows}


def produce(broker, partition, count):
    subprocess.run(["kcat", "-P", "-b", broker.bootstrap, "-t", "orders", "-p", str(partition), "-X", "acks=all"],
                   input=b"x\n" * count, check=True)


def agree(port, broker, group, expected):
    assert seen_by_tool(broker, group) == expected, seen_by_tool(broker, group)
    try:
        wait_until(f"Burrow's report of {group}", lambda: seen_by_burrow(port, group) == expected)
    except TimeoutError:
        sys.exit(f"{group}: Burrow says {seen_by_burrow(port, group)}, the tool {expected}")
    print(f"{group}: {expected}", flush=True)


def check(cluster, port):
    broker = cluster.broker
    server = ("127.0.0.1", broker.port)
    commit(server, "simple", {("orders", 0): 3, ("orders", 1): 20, ("orders", 2): 0})
    agree(port, broker, "simple", {("orders", 0): 7, ("orders", 1): 0, ("orders", 2): 30})
    # Between the offsets of a group with members stands what Burrow 1.2 skips, its metadata of version 3.
    member = Member(server, "members", topics=("orders",)).join()
    member.sync({member.id: {"orders": [1]}})
    commit(server, "members", {("orders", 1): 15}, member)
    agree(port, broker, "members", {("orders", 1): 5})
    produce(broker, 0, 5)
    commit(server, "simple", {("orders", 0): 9, ("orders", 2): 30})
    agree(port, broker, "simple", {("orders", 0): 6, ("orders", 1): 0, ("orders", 2): 0})


def main():
    program = clients.program("Burrow", "burrow")
    with Cluster() as cluster:
        broker, port = cluster.broker, free_port()
        subprocess.run([BIN / "kafka-topics", "--bootstrap-server", broker.bootstrap, "--create", "--topic", "orders", "--partitions", "3"],
                       check=True, capture_output=True)
        for partition in (0, 1, 2):
            produce(broker, partition, 10 * (partition + 1))
        # Burrow wants to find the topic it reads.
        commit(("127.0.0.1", broker.port), "first", {("orders", 0): 1})
        config = CONFIG.format(directory=cluster.directory, zookeeper=cluster.zookeeper.address, broker=broker.bootstrap, port=port)
        (cluster.directory / "burrow.toml").write_text(config)
        with open(cluster.directory / "burrow.out", "wb") as out:
            burrow = subprocess.Popen([program, "--config-dir", cluster.directory], stdout=out, stderr=out)
        try:
            check(cluster, port)
        finally:
            burrow.terminate()
            burrow.wait(30)


if __name__ == "__main__":
    main()
