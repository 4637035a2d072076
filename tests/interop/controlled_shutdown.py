#!/usr/bin/env python3
"""What happens to a broker's controlled shutdown when a follower does not answer, when the controller dies in the middle of
it, and when nobody can take over what the broker leads: it ends each time, and a producer that waits is told who leads."""
import json
import pathlib
import signal
import subprocess
import sys

import clients
import segments
from harness import BIN, Cluster, wait_until
from records import check

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "probe"))
import batches  # noqa: E402
import messages  # noqa: E402
from wire import Connection  # noqa: E402

kazoo = clients.module("kazoo.client", "python3-kazoo")

TOPIC = "handed-over"
WAITED_FOR = "waited-for"
PRODUCE, WITH_LEADERS = 0, 10
CONTROLLER, LEAVING, LAST = 1, 2, 3
TOO_LONG = 120  # seconds of back-off that nobody shall have to sit out


def properties(broker_id):
    back_off = TOO_LONG * 1000 if broker_id == LEAVING else 200
    session = 18000 if broker_id == LAST else 3000  # it is paused for a while
    return {"controlled.shutdown.retry.backoff.ms": str(back_off), "auto.leader.rebalance.enable": "false",
            "zookeeper.session.timeout.ms": str(session)}


def state(zookeeper, topic=TOPIC):
    path = f"/brokers/topics/{topic}/partitions/0/state"
    return json.loads(zookeeper.get(path)[0]) if zookeeper.exists(path) else {"leader": -1, "isr": []}


def create(cluster, zookeeper, topic):
    subprocess.run([BIN / "kafka-topics.sh", "--bootstrap-server", cluster.bootstrap, "--create", "--topic", topic,
                    "--replica-assignment", f"{LEAVING}:{LAST}:{CONTROLLER}"], check=True, timeout=60)
    wait_until("a whole ISR", lambda: sorted(state(zookeeper, topic)["isr"]) == [CONTROLLER, LEAVING, LAST])
    check("leader", topic, state(zookeeper, topic)["leader"], LEAVING)


def send_in_vain(connection, leaving):
    """A record that waits in its leader's log for a follower."""
    connection.send(PRODUCE, WITH_LEADERS, messages.produce(WAITED_FOR, batches.batch(), version=WITH_LEADERS, timeout=60000))
    directory = leaving.data / f"{WAITED_FOR}-0"
    wait_until("the record", lambda: any(segment.whole for segment in segments.read_partition(directory)))


def a_follower_does_not_answer(zookeeper, leaving, last):
    """It is to be the new leader. The leaving broker is not kept for long, and tells who waits there whom to ask."""
    last.process.send_signal(signal.SIGSTOP)
    with Connection(("127.0.0.1", leaving.port), 60) as connection:
        send_in_vain(connection, leaving)
        leaving.process.terminate()
        answer = messages.produce_answer(connection.receive(PRODUCE, WITH_LEADERS), WITH_LEADERS, KnownBrokers())
    now = state(zookeeper, WAITED_FOR)
    check("leader", WAITED_FOR, now["leader"], LAST)
    check("answer", WAITED_FOR, answer, "p0 NOT_LEADER_OR_FOLLOWER(6) base=-1 lat=-1 start=0 "
          f"currentLeader=({LAST},{now['leader_epoch']}) nodeEndpoints")
    check("exit code", leaving.id, leaving.process.wait(60), 143)
    last.process.send_signal(signal.SIGCONT)
    leaving.start()


class KnownBrokers:
    """For messages.produce_answer: brokers by their numbers."""

    def known(self, broker):
        return broker


def controller_dies(zookeeper, controller, leaving):
    """The request of the broker that leaves lies unanswered when its controller is killed; whoever is elected next is asked
    as soon as it is known."""
    check("controller", "/controller", json.loads(zookeeper.get("/controller")[0])["brokerid"], controller.id)
    controller.process.send_signal(signal.SIGSTOP)
    begin = leaving.log.stat().st_size
    leaving.process.terminate()
    wait_until("its controlled shutdown", lambda: "Starting controlled shutdown" in leaving.text(begin))
    controller.kill()
    wait_until("the broker's end", lambda: leaving.process.poll() is not None, TOO_LONG // 2)
    check("exit code", leaving.id, leaving.process.returncode, 143)
    said = leaving.text(begin)
    check("first try failed", leaving.id, "Error during controlled shutdown" in said, True)
    check("left in order", leaving.id, "Controlled shutdown request returned successfully" in said, True)
    check("leader", TOPIC, state(zookeeper)["leader"], LAST)


def nobody_takes_over(last):
    """It leads both topics, which nobody else is in sync for, so every try fails; then it stops all the same."""
    begin = last.log.stat().st_size
    check("exit code", last.id, last.stop(), 143)
    said = last.text(begin)
    check("tries", last.id, said.count("with 2 partitions remaining to move"), 3)
    check("unclean", last.id, "Proceeding to do an unclean shutdown as all the controlled shutdown attempts failed" in said, True)
    check("stopped", last.id, "shut down completed" in said, True)


def main():
    with Cluster(brokers=3, properties=properties, first_id=1) as cluster:
        zookeeper = kazoo.KazooClient(cluster.zookeeper.address)
        zookeeper.start()
        controller, leaving, last = cluster.brokers
        create(cluster, zookeeper, WAITED_FOR)
        a_follower_does_not_answer(zookeeper, leaving, last)
        create(cluster, zookeeper, TOPIC)
        controller_dies(zookeeper, controller, leaving)
        nobody_takes_over(last)
        zookeeper.stop()


main()
