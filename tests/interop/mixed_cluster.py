#!/usr/bin/env python3
"""Two brokers of ours and a real 3.9.1 one in one cluster: each follows the others and is followed by them, first under
a controller of ours, then under Apache's, which takes our followers into the ISR."""
from apache_broker import ApacheBroker
from harness import Broker, Cluster
from replication import LEADERS_1_2_3, create, produce, wait_for_same_logs, wait_for_whole_isrs

TOPIC = "mixed"
LATER = "mixed-later"


def main():
    with Cluster(brokers=2, first_id=1) as cluster:
        apache = ApacheBroker(Broker(cluster.directory / "broker3", cluster.zookeeper, 3))
        cluster.brokers.append(apache)
        apache.start()
        create(cluster.bootstrap, TOPIC, LEADERS_1_2_3)
        total = produce(cluster.bootstrap, TOPIC, 0, "1")
        total = produce(cluster.bootstrap, TOPIC, total, "all")
        wait_for_same_logs(cluster.brokers, TOPIC, total)
        print(f"{total} records under our controller")

        ours = cluster.brokers[:2]
        for broker in ours:
            broker.kill()
        total = produce(apache.bootstrap, TOPIC, total, "1")
        for broker in ours:
            broker.start()
        wait_for_whole_isrs(apache.bootstrap, TOPIC)
        total = produce(apache.bootstrap, TOPIC, total, "all")
        wait_for_same_logs(cluster.brokers, TOPIC, total)
        print(f"{total} records under Apache's")

        create(apache.bootstrap, LATER, LEADERS_1_2_3)
        total = produce(apache.bootstrap, LATER, 0, "all")
        wait_for_same_logs(cluster.brokers, LATER, total)
        wait_for_whole_isrs(apache.bootstrap, LATER)
        apache.kill()
        for broker in ours:
            total = produce(broker.bootstrap, LATER, total, "all")
        apache.start()
        wait_for_whole_isrs(cluster.bootstrap, LATER)
        wait_for_same_logs(cluster.brokers, LATER, total)
        print(f"{total} records of a topic that Apache's made, after it was killed")


if __name__ == "__main__":
    main()
