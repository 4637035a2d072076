#!/usr/bin/env python3
"""100,000 records through Apache's own client: `java_round_trip.py clients-3.9` or `clients-0.11`."""
import sys

import clients
from harness import Cluster
from records import PARTITIONS

# 3.9 is idempotent by default, so nothing is asked of it; 0.11 has the first idempotent producer, asked for here.
CODECS = {"clients-3.9": ("none,gzip,snappy,lz4,zstd", "false"), "clients-0.11": ("none,gzip,snappy,lz4", "true")}


def main(version):
    classpath = clients.maven(version)
    codecs, idempotent = CODECS[version]
    with Cluster(properties={"num.partitions": str(PARTITIONS), "log.retention.ms": "-1"}) as cluster:
        print(clients.java(classpath, "RoundTrip.java", cluster.bootstrap, codecs, idempotent), end="")


main(sys.argv[1])
