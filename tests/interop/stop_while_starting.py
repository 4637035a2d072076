#!/usr/bin/env python3
"""SIGTERM ends a broker that is still starting, whatever it waits for."""
from harness import Broker, Cluster, free_port, wait_until

# Far longer than this test may take: no wait ends by itself.
PATIENCE = {"zookeeper.session.timeout.ms": "36000", "zookeeper.connection.timeout.ms": "600000"}
FAILED = 1  # as Kafka, which calls it a failed start


class NoZooKeeper:
    address = f"127.0.0.1:{free_port()}"


def waits(broker, sign):
    begin = broker.launch()
    wait_until(f"{sign} in {broker.log}", lambda: sign in broker.text(begin))


def stops(broker):
    assert broker.stop() == FAILED
    assert "shut down completed" in broker.text()


with Cluster(properties={"zookeeper.session.timeout.ms": "36000"}) as cluster:
    same_id = Broker(cluster.directory / "same-id", cluster.zookeeper, cluster.broker.id, PATIENCE)
    cluster.brokers.append(same_id)
    waits(same_id, f"Creating /brokers/ids/{same_id.id} ")
    stops(same_id)
    for chroot in "", "/root/of/it":
        alone = Broker(cluster.directory / f"alone{len(chroot)}", NoZooKeeper, 5, PATIENCE)
        alone.properties["zookeeper.connect"] += chroot
        cluster.brokers.append(alone)
        waits(alone, "Connecting to zookeeper on")
        stops(alone)
    assert cluster.broker.stop() == 143, "a broker that serves"
print("ok")
