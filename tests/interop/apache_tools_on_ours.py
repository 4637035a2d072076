"""Apache's own tools print about a cluster of ours what they print about one of theirs.

A scenario of admin_tools_against_apache is played by Apache's tools, once on three Apache brokers and once on three of ours;
what is printed must be the same, addresses and directories aside."""
import json
import sys

from admin_tools_against_apache import SCENARIOS, Player, start
from apache_broker import ApacheBroker
from harness import Cluster

ASKED_OF_TOPICS = [
    "--create --topic t --replica-assignment 1:2:3,2:3:1,3:1:2 --config retention.ms=60000 --config cleanup.policy=compact",
    "--create --topic a_b --replica-assignment 1,2", "--create --topic a.b --replica-assignment 3", "--list", "--list --topic t,a.*",
    "--list --topic nope", "--list --exclude-internal", "--describe", "--describe --topic t", "--describe --topic nope",
    "--describe --topic t,a_b --topics-with-overrides", "--describe --topic t --at-min-isr-partitions",
    "--describe --unavailable-partitions", "--describe --under-replicated-partitions", "--describe --under-min-isr-partitions",
    "--create --topic t --partitions 2", "--create --topic t --if-not-exists", "--create --topic x --replication-factor 4",
    "--create --topic x --partitions 0", "--create --topic x --config foo=bar", "--create --topic x --config retention.ms=abc",
    "--create --topic x --replica-assignment 1:1", "--create --topic x --replica-assignment 9", "--create --topic /",
    "--alter --topic a_b --partitions 4 --replica-assignment 1,2,3,1", "--describe --topic a_b", "--alter --topic a_b --partitions 4",
    "--alter --topic a_b --partitions 2", "--alter --topic nope --partitions 2", "--delete --topic nope",
    "--delete --topic nope --if-exists", "--delete --topic a_b"]


def topics(play, _):
    for words in ASKED_OF_TOPICS:
        play.broker_tool("kafka-topics", words)


def neutral(cluster, text):
    """What is this cluster's own is replaced by what it stands for."""
    text = text.replace(str(cluster.directory), "DIR").replace(cluster.zookeeper.address, "ZOOKEEPER")
    for broker in cluster.brokers:
        text = text.replace(broker.bootstrap, f"BROKER{broker.id}").replace(str(broker.port), f"PORT{broker.id}")
    return "\n".join(in_order(line) if line.startswith('{"brokers":') else line for line in text.split("\n"))


def in_order(line):
    """What kafka-log-dirs says: its order is that of a hash of the directories' names, and sizes depend on how kcat cut batches."""
    described = json.loads(line)
    for broker in described["brokers"]:
        broker["logDirs"].sort(key=lambda directory: directory["logDir"])
        for directory in broker["logDirs"]:
            directory["partitions"].sort(key=lambda partition: partition["partition"])
            for partition in directory["partitions"]:
                partition["size"] = "N"
    return json.dumps(described)


def played(scenario, ours):
    with Cluster(brokers=0) as cluster:
        start(cluster, kind=(lambda broker: broker) if ours else ApacheBroker)
        player = Player(cluster, ours=False)
        scenario(player, cluster)
        return [neutral(cluster, text) for text in player.printed]


def compare(scenario):
    theirs, ours = played(scenario, ours=False), played(scenario, ours=True)
    differ = [(one, other) for one, other in zip(theirs, ours) if one != other]
    for one, other in differ:
        print(f"--- on Apache's {one}+++ on ours {other}")
    print(f"{scenario.__name__}: {len(theirs)} command lines, {len(differ)} differ", flush=True)
    return not differ and len(theirs) == len(ours)


def main():
    names = sys.argv[1:]
    good = [compare(scenario) for scenario in [topics, *SCENARIOS] if not names or scenario.__name__ in names]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
