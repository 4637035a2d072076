#!/usr/bin/env python3
"""Three brokers under load, and again and again one of them (leader, follower, controller, whichever it is just then) is
killed with -9 and comes back: BARNABAS_CRASH_ROUNDS times, 6 unless set. What was acknowledged with acks=all is there, at its
offset; what an idempotent producer sent is there once and in order; and in the end every replica has the same bytes, also
where acks=1 was promised to a leader that died with it."""
import os
import random
import threading

import clients
import segments
from crash import PARTITIONS, PRODUCERS, Load, check_lossless, lost, read_all
from harness import Cluster, wait_until
from records import check

admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")

ROUNDS = int(os.environ.get("BARNABAS_CRASH_ROUNDS", "6"))
SEED = int(os.environ.get("BARNABAS_CRASH_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
LOSSLESS = ("all", "idempotent")


class Story:
    def __init__(self, cluster):
        self.cluster = cluster
        self.admin = admin.AdminClient({"bootstrap.servers": cluster.bootstrap, "log_level": 0})
        self.loads = [Load(name, settings, cluster.bootstrap) for name, settings in PRODUCERS.items()]
        self.random = random.Random(SEED)
        wait_until("brokers that know each other", self.all_know_all)
        wanted = [admin.NewTopic(load.topic, num_partitions=PARTITIONS, replication_factor=3,
                                 config={"min.insync.replicas": "2"}) for load in self.loads]
        for made in self.admin.create_topics(wanted).values():
            made.result(60)

    def all_know_all(self):
        clients_of = [admin.AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0}) for broker in self.cluster.brokers]
        return all(len(client.list_topics(timeout=20).brokers) == len(clients_of) for client in clients_of)

    def whole(self):
        """Every replica of every partition is in sync."""
        topics = self.admin.list_topics(timeout=20).topics
        return all(len(partition.isrs) == 3 for load in self.loads
                   for partition in topics[load.topic].partitions.values())

    def round(self):
        victim = self.random.choice(self.cluster.brokers)
        threading.Event().wait(self.random.random())  # not for anything to happen: where the kill hits is chance
        victim.kill()
        had = [len(load.acknowledged) for load in self.loads]
        if self.random.random() < 0.5:  # otherwise it is back before anybody has noticed
            wait_until("progress without it", lambda: all(len(load.acknowledged) > n + 100
                                                          for load, n in zip(self.loads, had)))
        victim.start()
        wait_until("whole ISRs", self.whole)

    def logs(self, broker, load):
        return {p: b"".join(s.data for s in segments.read_partition(broker.data / f"{load.topic}-{p}"))
                for p in range(PARTITIONS)}

    def same_everywhere(self, load):
        first, *others = [self.logs(broker, load) for broker in self.cluster.brokers]
        return all(first.values()) and all(other == first for other in others)

    def end(self):
        for load in self.loads:
            load.end()
        for load in self.loads:
            wait_until(f"the same bytes of {load.topic}", lambda load=load: self.same_everywhere(load))
            self.verify(load)

    def verify(self, load):
        stored = read_all(self.cluster.bootstrap, load.topic)
        print(f"{load.topic}: {len(load.acknowledged)} acknowledged, {len(stored)} stored, {len(lost(load, stored))} lost")
        if load.name in LOSSLESS:
            check_lossless(load, stored)


def main():
    print(f"seed {SEED}")
    with Cluster(brokers=3, first_id=1) as cluster:
        story = Story(cluster)
        for load in story.loads:
            load.start()
        for number in range(ROUNDS):
            story.round()
            print(f"round {number}", flush=True)
        story.end()


if __name__ == "__main__":
    main()
