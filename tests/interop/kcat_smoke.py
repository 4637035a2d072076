#!/usr/bin/env python3
"""The shortest proof: a record goes in through kcat and comes back, and the broker ends cleanly."""
import subprocess

from harness import Cluster

with Cluster() as cluster:
    base = ["kcat", "-q", "-b", cluster.bootstrap, "-t", "first"]
    subprocess.run(base + ["-P"], input=b"hello\nworld\n", check=True)
    got = subprocess.run(base + ["-C", "-o", "beginning", "-e"], capture_output=True, check=True).stdout
    assert got == b"hello\nworld\n", got
    code = cluster.broker.stop()
    assert code == 143, code
print("ok")
