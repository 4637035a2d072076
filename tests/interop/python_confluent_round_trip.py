#!/usr/bin/env python3
"""100,000 records through Debian's python3-confluent-kafka: idempotent producer, consumer with assign."""
import clients
from harness import Cluster
from records import PARTITIONS, check, count_in, headers_of, key_of, mix, timestamp_of, value_of

confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
PER_TOPIC = 100_000 // len(CODECS)


def produce(bootstrap, topic, codec):
    failed = []

    def delivered(error, message):
        if error is not None:
            failed.append(error)
    producer = confluent.Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 20,
                                   "enable.idempotence": True, "queue.buffering.max.messages": PER_TOPIC + 1})
    for i in range(PER_TOPIC):
        h = mix(i)
        producer.produce(topic, value=value_of(h), key=key_of(h), partition=i % PARTITIONS,
                         timestamp=timestamp_of(i, h), headers=headers_of(i, h), on_delivery=delivered)
        if i % 1000 == 0:
            producer.poll(0)
    check("records left unsent", topic, producer.flush(60), 0)
    check("delivery errors", topic, failed[:3], [])


def verify_one(message):
    check("error", message.topic(), message.error(), None)
    i = message.partition() + PARTITIONS * message.offset()
    h = mix(i)
    check("key", i, message.key(), key_of(h))
    check("value", i, message.value(), value_of(h))
    check("headers", i, message.headers() or [], headers_of(i, h))
    check("timestamp and its type", i, message.timestamp(), (confluent.TIMESTAMP_CREATE_TIME, timestamp_of(i, h)))


def verify(bootstrap, topic):
    # A group id is asked for even where only assign is used; nothing is committed.
    consumer = confluent.Consumer({"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False,
                                   "auto.offset.reset": "error", "fetch.wait.max.ms": 50})
    for p in range(PARTITIONS):
        check("watermarks", p, consumer.get_watermark_offsets(confluent.TopicPartition(topic, p), 20),
              (0, count_in(p, PER_TOPIC)))
    consumer.assign([confluent.TopicPartition(topic, p, confluent.OFFSET_BEGINNING) for p in range(PARTITIONS)])
    seen, last = 0, {}
    while seen < PER_TOPIC:
        messages = consumer.consume(2000, 20)
        check("silence after records", seen, bool(messages), True)
        for message in messages:
            verify_one(message)
            check("the next offset", topic, message.offset(), last.get(message.partition(), -1) + 1)
            last[message.partition()] = message.offset()
        seen += len(messages)
    check("number of records", topic, seen, PER_TOPIC)
    consumer.close()


def main():
    with Cluster(properties={"num.partitions": str(PARTITIONS), "log.retention.ms": "-1"}) as cluster:
        for codec in CODECS:
            produce(cluster.bootstrap, f"confluent-{codec}", codec)
            verify(cluster.bootstrap, f"confluent-{codec}")
            print(f"{codec}: {PER_TOPIC} records")


main()
