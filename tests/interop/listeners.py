#!/usr/bin/env python3
"""Several listeners, each with its own advertised address; port 0 is registered as the port really bound."""
import json
import re
import subprocess

from kazoo.client import KazooClient

from harness import Broker, Cluster, free_port


def seen_by(bootstrap):
    out = subprocess.run(["kcat", "-b", bootstrap, "-L"], capture_output=True, text=True, check=True, timeout=30).stdout
    return re.findall(r"broker \d+ at (\S+)", out)


with Cluster(brokers=0) as cluster:
    inside, outside = free_port(), free_port()
    broker = Broker(cluster.directory / "two", cluster.zookeeper, 0, {
        "listeners": f"INSIDE://127.0.0.1:{inside},OUTSIDE://127.0.0.1:{outside}",
        "advertised.listeners": f"INSIDE://127.0.0.1:{inside},OUTSIDE://localhost:{outside}",
        "listener.security.protocol.map": "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT",
        "inter.broker.listener.name": "INSIDE"})
    cluster.brokers.append(broker)
    broker.start()
    assert seen_by(f"127.0.0.1:{inside}") == [f"127.0.0.1:{inside}"], "the inside listener"
    assert seen_by(f"127.0.0.1:{outside}") == [f"localhost:{outside}"], "the outside listener"
    any_port = Broker(cluster.directory / "any", cluster.zookeeper, 1, {
        "listeners": "INSIDE://127.0.0.1:0", "listener.security.protocol.map": "INSIDE:PLAINTEXT",
        "inter.broker.listener.name": "INSIDE"})
    cluster.brokers.append(any_port)
    any_port.start()
    zookeeper = KazooClient(hosts=cluster.zookeeper.address)
    zookeeper.start()
    node = json.loads(zookeeper.get("/brokers/ids/1")[0])
    zookeeper.stop()
    assert node["port"] > 0 and node["endpoints"] == [f"INSIDE://127.0.0.1:{node['port']}"], node
    assert sorted(seen_by(f"127.0.0.1:{node['port']}")) == sorted(
        [f"127.0.0.1:{inside}", f"127.0.0.1:{node['port']}"]), "both brokers on the inside listener"
print("ok")
