#!/usr/bin/env python3
"""Producers, consumers and topics that come and go, all at the same time; SIGTERM in the middle; nothing is lost.

In a build with a sanitizer (make asan, make tsan) this is the whole broker with all its threads under it: a finding
changes the exit code or stands in the broker's log.
"""
import re
import subprocess

import clients
from harness import BIN, Cluster

PARTITIONS = 3
PRODUCERS = [("all", "none"), ("all", "lz4"), ("1", "none"), ("1", "zstd"), ("0", "none"), ("1", "gzip")]
RECORDS = 4000  # of each producer
FINDING = re.compile(r"Sanitizer|runtime error:|BB_CHECK|terminate called")
PATIENCE = 120


def kcat(cluster, *arguments, **more):
    return subprocess.Popen([clients.program("kcat", "kcat"), "-q", "-b", cluster.bootstrap, *arguments], **more)


def lines(name):
    return b"".join(b"%s-%d\n" % (name.encode(), i) for i in range(RECORDS))


def producer(cluster, topic, number, acks, codec, data, **more):
    process = kcat(cluster, "-P", "-t", topic, "-z", codec, "-X", f"acks={acks}", "-X", "linger.ms=1",
                   "-X", "batch.num.messages=50", "-X", "topic.partitioner=random", stdin=subprocess.PIPE, **more)
    process.number, process.data = number, data
    return process


def consumer(cluster, topic, count, *more):
    return kcat(cluster, "-C", "-t", topic, "-o", "beginning", "-c", str(count), "-X", "fetch.wait.max.ms=20", *more,
                stdout=subprocess.PIPE)


def topics(cluster, *arguments):
    return subprocess.Popen([BIN / "kafka-topics", "--bootstrap-server", cluster.bootstrap, *arguments],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ended(process):
    process.wait(PATIENCE)
    assert process.returncode == 0, (process.args, process.returncode)


def feed(producers):
    for process in producers:  # kcat reads all of it before it blocks for long
        process.stdin.write(process.data)
        process.stdin.close()


def everything_arrives(cluster):
    topics_used = ["first", "second"]
    for topic in topics_used:
        ended(topics(cluster, "--create", "--topic", topic, "--partitions", str(PARTITIONS)))
    total = RECORDS * len(PRODUCERS)
    wanted = sorted(b"".join(lines(f"p{n}") for n in range(len(PRODUCERS))).splitlines())
    readers = [(t, consumer(cluster, t, total, *check)) for t in topics_used
               for check in ((), ("-X", "check.crcs=true"), ("-X", "max.partition.fetch.bytes=20000"))]
    writers = [producer(cluster, t, n, acks, codec, lines(f"p{n}"))
               for t in topics_used for n, (acks, codec) in enumerate(PRODUCERS)]
    churn = [topics(cluster, "--create", "--topic", f"brief-{i}", "--partitions", "4") for i in range(3)]
    feed(writers)
    for process in churn + writers:
        ended(process)
    churn = [topics(cluster, "--delete", "--topic", f"brief-{i}") for i in range(3)]
    for topic, reader in readers:
        out = reader.communicate(timeout=PATIENCE)[0]
        assert sorted(out.splitlines()) == wanted, (topic, len(out.splitlines()), total)
    for process in churn:
        ended(process)


def stops_under_load(cluster):
    """SIGTERM while producers send and consumers wait: the broker ends by itself, with Kafka's exit code."""
    ended(topics(cluster, "--create", "--topic", "third", "--partitions", str(PARTITIONS)))
    endless = [subprocess.Popen(["yes", "more"], stdout=subprocess.PIPE) for _ in range(3)]
    load = [kcat(cluster, "-P", "-t", "third", "-X", f"acks={acks}", stdin=source.stdout, stderr=subprocess.DEVNULL)
            for acks, source in zip(("all", "1", "0"), endless)]
    load += [kcat(cluster, "-C", "-t", "third", "-o", "beginning", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
             for _ in range(2)]
    try:
        one = consumer(cluster, "third", 20_000)
        one.communicate(timeout=PATIENCE)
        assert one.returncode == 0, one.returncode
        code = cluster.broker.stop()
        assert code == 143, f"exit code {code}:\n{cluster.broker.text()[-6000:]}"
    finally:
        for process in load + endless:
            process.kill()
            process.wait()


def main():
    with Cluster(properties={"num.partitions": str(PARTITIONS), "num.network.threads": "3"}) as cluster:
        everything_arrives(cluster)
        stops_under_load(cluster)
        cluster.broker.start()
        again = consumer(cluster, "first", RECORDS * len(PRODUCERS)).communicate(timeout=PATIENCE)[0]
        assert len(again.splitlines()) == RECORDS * len(PRODUCERS)
        code = cluster.broker.stop()
        assert code == 143, f"exit code {code}:\n{cluster.broker.text()[-6000:]}"
        found = FINDING.search(cluster.broker.text())
        assert not found, cluster.broker.text()[found.start():][:6000]
    print("ok")


main()
