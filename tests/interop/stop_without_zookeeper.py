#!/usr/bin/env python3
"""SIGTERM ends brokers whose ZooKeeper is gone, also the one whose controller waits for it."""
from harness import Cluster
from replication import create
from records import check

PROPERTIES = {"controlled.shutdown.max.retries": "1", "controller.socket.timeout.ms": "3000"}

with Cluster(brokers=2, first_id=1, properties=PROPERTIES) as cluster:
    create(cluster.bootstrap, "led-by-both", [[1, 2], [2, 1]])
    cluster.zookeeper.stop()
    for broker in cluster.brokers:  # the first is the controller
        check("exit code", broker.id, broker.stop(), 143)
        check("in order", broker.id, "shut down completed" in broker.text(), True)
