#!/usr/bin/env python3
"""kazoo reads what a real 3.9.1 cluster leaves in ZooKeeper: after a first start, and as topics are created, grown
and deleted. Node kind, dataVersion, cversion, order of creation and every byte of data but ids, times and ports.
A deletion leaves nothing to read, so its writes are read from ZooKeeper's transaction log."""
import clients
from captured import Reader, captured, fenced_writes, same
from harness import Broker, Cluster, wait_until

confluent_admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")


def done(futures):
    for future in futures.values():
        future.result(30)


def create(admin, reader):
    done(admin.create_topics([confluent_admin.NewTopic("zt1", 2, replica_assignment=[[2, 1, 3], [3, 2, 1]])]))
    wait_until("zt1's states", lambda: reader.client.exists("/brokers/topics/zt1/partitions/1/state"))
    done(admin.create_topics([confluent_admin.NewTopic(
        "zt2", 2, replica_assignment=[[1, 2, 3], [2, 3, 1]],
        config={"retention.ms": "60000", "cleanup.policy": "compact"})]))
    wait_until("zt2's states", lambda: reader.client.exists("/brokers/topics/zt2/partitions/1/state"))
    same("two topics created", reader.topic("zt1") + reader.topic("zt2"), captured("created"))


def grow(admin, reader):
    done(admin.create_partitions([confluent_admin.NewPartitions("zt1", 3, replica_assignment=[[1, 3, 2]])]))
    wait_until("partition 2's state", lambda: reader.client.exists("/brokers/topics/zt1/partitions/2/state"))
    same("a topic grown", reader.topic("zt1"), captured("grown"))


def delete(admin, reader, zookeeper_directory):
    parents = ["/admin/delete_topics", "/brokers/topics", "/config/topics"]
    before = [reader.client.exists(path).cversion for path in parents]
    done(admin.delete_topics(["zt2"], operation_timeout=30))
    wait_until("the end of the deletion", lambda: not reader.client.get_children("/admin/delete_topics"))
    same("the other topic after a deletion", reader.topic("zt1"), captured("grown"))
    children = [reader.client.get_children(path) for path in parents]
    assert children == [[], ["zt1"], ["zt1"]], children
    after = [reader.client.exists(path).cversion for path in parents]
    same("the writes of a deletion", [w for w in fenced_writes(zookeeper_directory) if "zt2" in w],
         [line for line in captured("deleted") if not line.startswith("create ")])
    assert after == [before[0] + 2, before[1] + 1, before[2] + 1], (before, after)


def main():
    with Cluster(brokers=0) as cluster:
        def start(number):
            cluster.brokers.append(Broker(cluster.directory / f"broker{number}", cluster.zookeeper, number,
                                          {"broker.rack": f"RACK{number}"}))
            cluster.brokers[-1].start()
        start(1)
        reader = Reader(cluster.zookeeper.address)
        wait_until("/feature", lambda: reader.client.exists("/feature"))
        same("a first start", reader.whole_tree(), captured("start"))
        start(2)
        start(3)
        admin = confluent_admin.AdminClient({"bootstrap.servers": cluster.bootstrap})
        wait_until("three brokers in the metadata", lambda: len(admin.list_topics(timeout=10).brokers) == 3)
        create(admin, reader)
        grow(admin, reader)
        delete(admin, reader, cluster.zookeeper.directory)
        reader.client.stop()


main()
