#!/usr/bin/env python3
"""What three brokers write to ZooKeeper as partitions move, leaders are elected, and a broker and a controller fail:
the fenced writes to a topic, in order, are those of a real 3.9.1 cluster, but for the order of brokers inside an ISR.

    znodes_of_a_reassignment.py             compare with znodes/moved.txt
    znodes_of_a_reassignment.py --capture   print what belongs there, from Apache brokers
"""
import json
import pathlib
import re
import sys

from apache_broker import ApacheBroker
from captured import Reader, captured, fenced_writes, same, without_volatile
from harness import Broker, Cluster, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "probe"))
from wire import Connection, Writer  # noqa: E402

CREATE_TOPICS, ELECT_LEADERS, ALTER_REASSIGNMENTS = 19, 43, 45
NOBODY = 9   # a broker that does not exist: who moves there never arrives


class Scenario:
    def __init__(self, cluster, reader):
        self.cluster = cluster
        self.zookeeper = reader.client
        self.reported = 0

    def state(self, partition, topic="zr"):
        path = f"/brokers/topics/{topic}/partitions/{partition}/state"
        return json.loads(self.zookeeper.get(path)[0]) if self.zookeeper.exists(path) else None

    def assigned(self, partition):
        node = json.loads(self.zookeeper.get("/brokers/topics/zr")[0])
        moving = str(partition) in node["adding_replicas"] or str(partition) in node["removing_replicas"]
        return None if moving else node["partitions"][str(partition)]

    def controller(self):
        node = self.zookeeper.exists("/controller") and json.loads(self.zookeeper.get("/controller")[0])
        return self.cluster.brokers[node["brokerid"] - 1] if node else None

    def ask(self, key, version, body):
        with Connection(("127.0.0.1", self.controller().port), 30) as connection:
            return connection.call(key, version, body)

    def create(self, topic, placement):
        body = Writer().i32(1).string(topic).i32(-1).i16(-1)
        body.array(list(enumerate(placement)), lambda p: body.i32(p[0]).array(p[1], body.i32)).i32(0)
        self.ask(CREATE_TOPICS, 4, body.i32(30000).boolean(False))
        self.in_sync(topic, [set(replicas) for replicas in placement])

    def in_sync(self, topic, replicas):
        def is_in_sync(partition):
            state = self.state(partition, topic)
            return state is not None and set(state["isr"]) == replicas[partition]
        wait_until(f"the ISRs of {topic}", lambda: all(map(is_in_sync, range(len(replicas)))))

    def alter(self, partition, replicas):
        """None cancels."""
        body = Writer().i32(30000)
        body.c_array([partition], lambda p: body.c_string("zr").c_array(
            [p], lambda q: body.i32(q).c_array(replicas, body.i32).tags()).tags())
        answer = self.ask(ALTER_REASSIGNMENTS, 0, body.tags())
        answer.i32()
        assert answer.i16() == 0

    def alter_by_znode(self, partition, replicas):
        self.zookeeper.create("/admin/reassign_partitions", json.dumps(
            {"version": 1, "partitions": [{"topic": "zr", "partition": partition, "replicas": replicas}]}).encode())

    def moved(self, partition, replicas):
        wait_until(f"the move to {replicas}", lambda: self.assigned(partition) == replicas)

    def elect(self, topic):
        body = Writer().i8(0)
        body.array([topic], lambda t: body.string(t).array([0], body.i32))
        self.ask(ELECT_LEADERS, 1, body.i32(30000))

    def led_by(self, broker, topic):
        wait_until(f"{topic} led by {broker}", lambda: self.state(0, topic)["leader"] == broker)

    def lose_and_find(self, broker):
        """Broker 2 dies, and comes back as a follower."""
        broker.kill()
        self.led_by(3, "ze")
        self.in_sync("ze", [{3}])
        broker.start()
        self.in_sync("ze", [{2, 3}])

    def report(self, step):
        writes = [write for write in fenced_writes(self.cluster.zookeeper.directory)
                  if re.search(r"/(zr|ze|reassign_partitions|preferred_replica_election)\b", write)]
        fresh, self.reported = writes[self.reported:], len(writes)
        return [f"-- {step}"] + [without_volatile(with_sorted_isr(write)) for write in fresh]


def with_sorted_isr(write):
    return re.sub(r'"isr":\[([\d,]*)\]', lambda isr: f'"isr":[{",".join(sorted(isr[1].split(",")))}]', write)


def elections(play, brokers):
    play.create("ze", [[2, 3]])
    yield play.report("a topic of brokers 2 and 3")
    play.lose_and_find(brokers[1])
    yield play.report("broker 2 killed, started again")
    play.elect("ze")
    play.led_by(2, "ze")
    yield play.report("a preferred election by API")
    play.elect("ze")
    yield play.report("another, not needed")
    play.lose_and_find(brokers[1])
    yield play.report("broker 2 killed, started again")
    play.zookeeper.create("/admin/preferred_replica_election",
                          b'{"version":1,"partitions":[{"topic":"ze","partition":0}]}')
    wait_until("the end of the election", lambda: not play.zookeeper.exists("/admin/preferred_replica_election"))
    yield play.report("a preferred election by znode")


def moves(play):
    play.create("zr", [[1, 2], [2, 1]])
    yield play.report("a topic of brokers 1 and 2")
    play.alter(0, [3, 2])
    play.moved(0, [3, 2])
    yield play.report("0 from 1,2 to 3,2: the leader goes")
    play.alter(1, [2, 3, 1])
    play.moved(1, [2, 3, 1])
    yield play.report("1 from 2,1 to 2,3,1")
    play.alter(0, [3, 2])
    yield play.report("0 to where it is")
    play.alter(1, [1, 2])
    play.moved(1, [1, 2])
    yield play.report("1 to 1,2: a follower goes, the leader stays")
    play.alter_by_znode(0, [1, 2])
    play.moved(0, [1, 2])
    wait_until("the end of the list", lambda: not play.zookeeper.exists("/admin/reassign_partitions"))
    yield play.report("0 to 1,2 by znode")


def moves_that_never_end(play):
    def move_to_nobody(replicas, epoch):
        play.alter_by_znode(0, replicas)
        wait_until("the move's begin", lambda: play.state(0)["leader_epoch"] == epoch + 1)
    move_to_nobody([NOBODY, 2], play.state(0)["leader_epoch"])
    yield play.report("0 to 9,2, by znode: nobody is broker 9")
    play.alter(0, [3, 2])
    play.moved(0, [3, 2])
    yield play.report("superseded by 3,2")
    move_to_nobody([NOBODY, 2], play.state(0)["leader_epoch"])
    play.alter(0, None)
    play.moved(0, [2, 3])   # the order in which it was left
    yield play.report("0 to 9,2 by znode, then cancelled")
    move_to_nobody([NOBODY, 2], play.state(0)["leader_epoch"])
    epoch = play.state(0)["leader_epoch"]
    play.zookeeper.delete("/controller")
    wait_until("another controller", lambda: play.state(0)["leader_epoch"] == epoch + 1 and play.controller())
    yield play.report("0 to 9,2 by znode, then another controller")
    play.alter(0, None)
    play.moved(0, [2, 3])
    yield play.report("cancelled")


def run(broker_class):
    properties = {"auto.leader.rebalance.enable": "false", "controlled.shutdown.enable": "false"}
    with Cluster(brokers=0) as cluster:
        for number in (1, 2, 3):
            ours = Broker(cluster.directory / f"broker{number}", cluster.zookeeper, number, properties)
            cluster.brokers.append(broker_class(ours))
            cluster.brokers[-1].start()
        reader = Reader(cluster.zookeeper.address)
        wait_until("three brokers", lambda: len(reader.client.get_children("/brokers/ids")) == 3)
        play = Scenario(cluster, reader)
        for steps in (elections(play, cluster.brokers), moves(play), moves_that_never_end(play)):
            for lines in steps:
                yield from lines
        reader.client.stop()


def main(arguments):
    if arguments == ["--capture"]:
        print("\n".join(run(ApacheBroker)))
    else:
        same("the writes of moves and elections", list(run(lambda ours: ours)), captured("moved"))


main(sys.argv[1:])
