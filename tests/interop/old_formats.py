#!/usr/bin/env python3
"""Producers and consumers of 0.9, 0.10, 0.11 and today, each reading what every other wrote, in every codec they share:
record formats 0 and 1 are converted up when stored and down when an old consumer asks. python3-kafka speaks them all."""
import clients
from harness import Cluster
from python_kafka_round_trip import kafka
from records import (PARTITIONS, check, headers_of, key_of, mix, timestamp_of, value_of)

PER_TOPIC = 1500
VERSIONS = {"0.9": (0, 9), "0.10": (0, 10, 1), "0.11": (0, 11, 0), "2.5": (2, 5, 0)}
# zstd came with 2.1. Format 0's lz4 frames have another checksum than lz4 says; python3-kafka writes and reads those.
CODECS = [None, "gzip", "snappy", "lz4"]


def produce(bootstrap, topic, codec, version):
    producer = kafka.KafkaProducer(bootstrap_servers=bootstrap, compression_type=codec, acks="all", linger_ms=20,
                                   batch_size=65536, api_version=version)
    sent = []
    for i in range(PER_TOPIC):
        h = mix(i)
        extra = {} if version < (0, 10) else {"timestamp_ms": timestamp_of(i, h)}
        if version >= (0, 11):
            extra["headers"] = headers_of(i, h)
        sent.append(producer.send(topic, value=value_of(h), key=key_of(h), partition=i % PARTITIONS, **extra))
    producer.close()
    for future in sent:
        future.get(0)


def verify(bootstrap, topic, writer, reader):
    consumer = kafka.KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, consumer_timeout_ms=20000,
                                   fetch_max_wait_ms=50, api_version=reader)
    partitions = [kafka.TopicPartition(topic, p) for p in range(PARTITIONS)]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    next_offset = [0] * PARTITIONS
    for _, record in zip(range(PER_TOPIC), consumer):
        check("offset", topic, record.offset, next_offset[record.partition])
        next_offset[record.partition] += 1
        i = record.partition + PARTITIONS * record.offset
        h = mix(i)
        check("key and value", i, (record.key, record.value), (key_of(h), value_of(h)))
        if min(writer, reader) >= (0, 10):
            check("timestamp and its type", i, (record.timestamp, record.timestamp_type), (timestamp_of(i, h), 0))
        if min(writer, reader) >= (0, 11):
            check("headers", i, record.headers, headers_of(i, h))
    check("number of records", topic, sum(next_offset), PER_TOPIC)
    consumer.close()


def main():
    clients.module("snappy", "python3-snappy")
    clients.module("lz4", "python3-lz4")
    clients.module("xxhash", "python3-xxhash")
    with Cluster(properties={"num.partitions": str(PARTITIONS), "log.retention.ms": "-1"}) as cluster:
        for codec in CODECS:
            for name, writer in VERSIONS.items():
                topic = f"old-{codec}-{name}"
                produce(cluster.bootstrap, topic, codec, writer)
                for reader in VERSIONS.values():
                    verify(cluster.bootstrap, topic, writer, reader)
                print(f"{codec} written as {name}: read as {', '.join(VERSIONS)}")


main()
