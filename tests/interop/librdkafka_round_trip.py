#!/usr/bin/env python3
"""100,000 records through librdkafka from C; the program is build/bin/librdkafka-round-trip."""
import subprocess

from harness import BIN, Cluster
from records import PARTITIONS

with Cluster(properties={"num.partitions": str(PARTITIONS), "log.retention.ms": "-1"}) as cluster:
    subprocess.run([BIN / "librdkafka-round-trip", cluster.bootstrap], check=True, timeout=240)
