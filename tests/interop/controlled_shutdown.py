#!/usr/bin/env python3
"""What happens to a broker's controlled shutdown when the controller dies in the middle of it, and when nobody can take over
what the broker leads: it ends either way."""
import json
import signal
import subprocess

import clients
from harness import BIN, Cluster, wait_until
from records import check

kazoo = clients.module("kazoo.client", "python3-kazoo")

TOPIC = "handed-over"
STATE = f"/brokers/topics/{TOPIC}/partitions/0/state"
CONTROLLER, LEAVING, LAST = 1, 2, 3
TOO_LONG = 120  # seconds of back-off that nobody shall have to sit out


def properties(broker_id):
    back_off = TOO_LONG * 1000 if broker_id == LEAVING else 200
    return {"controlled.shutdown.retry.backoff.ms": str(back_off), "auto.leader.rebalance.enable": "false"}


def state(zookeeper):
    return json.loads(zookeeper.get(STATE)[0]) if zookeeper.exists(STATE) else {"leader": -1, "isr": []}


def create(cluster, zookeeper):
    subprocess.run([BIN / "kafka-topics.sh", "--bootstrap-server", cluster.bootstrap, "--create", "--topic", TOPIC,
                    "--replica-assignment", f"{LEAVING}:{LAST}:{CONTROLLER}"], check=True, timeout=60)
    wait_until("a whole ISR", lambda: sorted(state(zookeeper)["isr"]) == [CONTROLLER, LEAVING, LAST])
    check("leader", TOPIC, state(zookeeper)["leader"], LEAVING)


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
    """It leads a partition that no other replica is in sync for, so every try fails; then it stops all the same."""
    begin = last.log.stat().st_size
    check("exit code", last.id, last.stop(), 143)
    said = last.text(begin)
    check("tries", last.id, said.count("with 1 partitions remaining to move"), 3)
    check("unclean", last.id, "Proceeding to do an unclean shutdown as all the controlled shutdown attempts failed" in said, True)
    check("stopped", last.id, "shut down completed" in said, True)


def main():
    with Cluster(brokers=3, properties=properties, first_id=1) as cluster:
        zookeeper = kazoo.KazooClient(cluster.zookeeper.address)
        zookeeper.start()
        create(cluster, zookeeper)
        controller, leaving, last = cluster.brokers
        controller_dies(zookeeper, controller, leaving)
        nobody_takes_over(last)
        zookeeper.stop()


main()
