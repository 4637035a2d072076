#!/usr/bin/env python3
"""100,000 records through Debian's python3-kafka: what it has of codecs, keys, nulls, headers, timestamps."""
import clients
from harness import Cluster
from records import PARTITIONS, check, count_in, headers_of, key_of, mix, timestamp_of, value_of

kafka = clients.module("kafka", "python3-kafka")
CODECS = [None, "gzip", "snappy", "lz4", "zstd"]
MODULES = {"snappy": "snappy", "lz4": "lz4", "zstd": "zstandard"}
PACKAGES = {"snappy": "python3-snappy", "lz4": "python3-lz4", "zstd": "python3-zstandard"}
PER_TOPIC = 100_000 // len(CODECS)


def produce(bootstrap, topic, codec):
    producer = kafka.KafkaProducer(bootstrap_servers=bootstrap, compression_type=codec, acks="all", retries=3,
                                   linger_ms=20, batch_size=65536, api_version=(2, 5, 0))
    for i in range(PER_TOPIC):
        h = mix(i)
        producer.send(topic, value=value_of(h), key=key_of(h), headers=headers_of(i, h), partition=i % PARTITIONS,
                      timestamp_ms=timestamp_of(i, h))
    producer.close()


def verify(bootstrap, topic):
    partitions = [kafka.TopicPartition(topic, p) for p in range(PARTITIONS)]
    consumer = kafka.KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, consumer_timeout_ms=20000,
                                   max_poll_records=5000, fetch_max_wait_ms=50, api_version=(2, 5, 0))
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    check("end offsets", topic, consumer.end_offsets(partitions),
          {tp: count_in(tp.partition, PER_TOPIC) for tp in partitions})
    for seen, record in enumerate(consumer):
        i = record.partition + PARTITIONS * record.offset
        h = mix(i)
        check("key", i, record.key, key_of(h))
        check("value", i, record.value, value_of(h))
        check("headers", i, record.headers, headers_of(i, h))
        check("timestamp and its type", i, (record.timestamp, record.timestamp_type), (timestamp_of(i, h), 0))
        if seen + 1 == PER_TOPIC:
            break
    check("number of records", topic, seen + 1, PER_TOPIC)
    check("positions", topic, [consumer.position(tp) for tp in partitions],
          [count_in(p, PER_TOPIC) for p in range(PARTITIONS)])
    consumer.close()


def main():
    for codec, name in MODULES.items():
        clients.module(name, PACKAGES[codec])
    with Cluster(properties={"num.partitions": str(PARTITIONS), "log.retention.ms": "-1"}) as cluster:
        for codec in CODECS:
            topic = f"python-{codec}"
            produce(cluster.bootstrap, topic, codec)
            verify(cluster.bootstrap, topic)
            print(f"{codec}: {PER_TOPIC} records")


if __name__ == "__main__":
    main()
