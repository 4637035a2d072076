#!/usr/bin/env python3
"""100,000 records through kafkajs, with an idempotent producer and reads of single partitions."""
import subprocess

import clients
from harness import Cluster

node = clients.program("node", "nodejs")
modules = clients.npm("kafkajs")
with Cluster(properties={"log.retention.ms": "-1"}) as cluster:
    subprocess.run([node, clients.HERE / "kafkajs" / "round_trip.js", cluster.bootstrap], check=True, timeout=240,
                   cwd=modules)
