#!/usr/bin/env python3
"""100,000 records through kcat, every codec, read back and compared.

kcat stamps records itself and gives all records of a run the same headers, so those two follow the run here;
with -Z an empty key or value is null, which is what the formula's empty values become.
"""
import re
import subprocess
import time

import clients
from harness import Cluster
from records import PARTITIONS, check, count_in, key_of, mix, value_of

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
PER_TOPIC = 100_000 // len(CODECS)
LINE = re.compile(rb"(\d+) (\d+) (-?\d+) (-?\d+) ([^\n]*)\n")


def indices(partition):
    return range(partition, PER_TOPIC, PARTITIONS)


def key(i):
    return key_of(mix(i))


def value(i):
    return value_of(mix(i)) or None


def produce(kcat, topic, codec, partition):
    lines = b"".join((key(i) or b"") + b"\t" + (value(i) or b"") + b"\n" for i in indices(partition))
    subprocess.run([*kcat, "-P", "-t", topic, "-p", str(partition), "-K", "\\t", "-Z", "-z", codec,
                    "-H", f"partition={partition}", "-H", f"codec={codec}", "-X", "linger.ms=5"],
                   input=lines, check=True, timeout=120)


def verify(kcat, topic, codec, partition, begin, end):
    out = subprocess.run([*kcat, "-C", "-t", topic, "-p", str(partition), "-o", "beginning", "-e",
                          "-X", "fetch.wait.max.ms=20", "-f", "%o %T %K %S %h\\n%k%s"], capture_output=True, check=True, timeout=120).stdout
    at, seen = 0, 0
    for offset, i in enumerate(indices(partition)):
        head = LINE.match(out, at)
        check("header line", i, bool(head), True)
        check("offset", i, int(head[1]), offset)
        check("timestamp in the run", i, begin <= int(head[2]) <= end, True)
        check("headers", i, head[5], b"partition=%d,codec=%s" % (partition, codec.encode()))
        k, v = key(i), value(i)
        check("lengths", i, (int(head[3]), int(head[4])), tuple(-1 if x is None else len(x) for x in (k, v)))
        at = head.end()
        for what, wanted in (("key", k), ("value", v)):
            length = len(wanted or b"")
            check(what, i, out[at:at + length], wanted or b"")
            at += length
        seen += 1
    check("end of the partition", partition, (at, seen), (len(out), count_in(partition, PER_TOPIC)))


def main():
    with Cluster(properties={"num.partitions": str(PARTITIONS)}) as cluster:
        kcat = [clients.program("kcat", "kcat"), "-q", "-b", cluster.bootstrap]
        for codec in CODECS:
            begin = int(time.time() * 1000)
            for partition in range(PARTITIONS):
                produce(kcat, f"kcat-{codec}", codec, partition)
            end = int(time.time() * 1000)
            for partition in range(PARTITIONS):
                verify(kcat, f"kcat-{codec}", codec, partition, begin, end)
            print(f"{codec}: {PER_TOPIC} records")


main()
