"""Whether every broker's metadata says what ZooKeeper holds: a tool may ask any broker, and the controller tells them of a
change one after the other, after it is made."""
import json
import pathlib
import sys

import clients
from harness import wait_until

sys.path.append(str(pathlib.Path(__file__).resolve().parent / "probe"))
import messages  # noqa: E402
from wire import Connection  # noqa: E402

kazoo = clients.module("kazoo.client", "python3-kazoo")
METADATA, VERSION = 3, 10
BROKERS, TOPICS = "/brokers/ids", "/brokers/topics"


def as_told(broker):
    """The brokers `broker` knows, and its view of each partition: leader, replicas, in-sync replicas."""
    with Connection(("127.0.0.1", broker.port), timeout=30) as connection:
        answer = connection.call(METADATA, VERSION, messages.metadata(None, False, VERSION))
        told = messages.read_metadata(answer, VERSION)
    partitions = {(topic["name"], part["id"]): (part["leader"], part["replicas"], sorted(part["isr"]))
                  for topic in told["topics"] for part in topic["partitions"]}
    return {each[0] for each in told["brokers"]}, partitions


def as_held(zookeeper):
    """The same, of ZooKeeper; raises NoNodeError while a topic comes or goes. Partitions whose replicas are all unknown
    brokers have no state, and nobody is told of them."""
    brokers = {int(each) for each in zookeeper.get_children(BROKERS)}
    partitions = {}
    for topic in zookeeper.get_children(TOPICS):
        assigned = json.loads(zookeeper.get(f"{TOPICS}/{topic}")[0])["partitions"]
        for number, replicas in assigned.items():
            if brokers.isdisjoint(replicas):
                continue
            state = json.loads(zookeeper.get(f"{TOPICS}/{topic}/partitions/{number}/state")[0])
            partitions[topic, int(number)] = state["leader"], replicas, sorted(state["isr"])
    return brokers, partitions


def disagreement(cluster, zookeeper):
    """What ZooKeeper holds and the first broker that says something else; None if they all agree."""
    try:
        held = as_held(zookeeper)
    except kazoo.NoNodeError:
        return "a topic comes or goes"
    for broker in cluster.brokers:
        told = as_told(broker)
        if told != held:
            return f"ZooKeeper: {held}\nbroker {broker.id}: {told}"
    return None


def wait_until_all_agree(cluster):
    zookeeper = kazoo.KazooClient(cluster.zookeeper.address)
    zookeeper.start()
    try:
        wait_until("brokers that know what ZooKeeper holds", lambda: disagreement(cluster, zookeeper) is None)
    except TimeoutError:
        print(disagreement(cluster, zookeeper), file=sys.stderr)
        raise
    finally:
        zookeeper.stop()
        zookeeper.close()
