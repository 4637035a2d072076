"""Apache's own tools print about a cluster of ours what they print about one of theirs.

A scenario of admin_tools_against_apache is played by Apache's tools, once on three Apache brokers and once on three of ours;
what is printed must be the same, addresses and directories aside."""
import json
import sys

import clients
from admin_tools_against_apache import CLASSES, SCENARIOS, Player, fill, make, moves, settled, start, write
from apache_broker import ApacheBroker
from apache_tools import ApacheTools
from harness import Cluster, wait_until

admin = clients.module("confluent_kafka.admin", "python3-confluent-kafka")
kazoo = clients.module("kazoo.client", "python3-kazoo")
CLASSES["kafka-configs"] = "kafka.admin.ConfigCommand"
WAITS_FOR_A_LEADER = "--create --topic x --replica-assignment 9"
ASKED_OF_TOPICS = [
    "--create --topic t --replica-assignment 1:2:3,2:3:1,3:1:2 --config retention.ms=60000 --config cleanup.policy=compact",
    "--create --topic a_b --replica-assignment 1,2", "--create --topic a.b --replica-assignment 3", "--list", "--list --topic t,a.*",
    "--list --topic nope", "--list --exclude-internal", "--describe", "--describe --topic t", "--describe --topic nope",
    "--describe --topic t,a_b --topics-with-overrides", "--describe --topic t --at-min-isr-partitions",
    "--describe --unavailable-partitions", "--describe --under-replicated-partitions", "--describe --under-min-isr-partitions",
    "--create --topic t --partitions 2", "--create --topic t --if-not-exists", "--create --topic x --replication-factor 4",
    "--create --topic x --partitions 0", "--create --topic x --config foo=bar", "--create --topic x --config retention.ms=abc",
    "--create --topic x --replica-assignment 1:1", WAITS_FOR_A_LEADER, "--create --topic /",
    "--alter --topic a_b --partitions 4 --replica-assignment 1,2,3,1", "--describe --topic a_b", "--alter --topic a_b --partitions 4",
    "--alter --topic a_b --partitions 2", "--alter --topic nope --partitions 2", "--delete --topic nope",
    "--delete --topic nope --if-exists", "--delete --topic a_b"]


def all_have_heard(cluster):
    """A change of a broker's configuration is announced to all, and a tool may ask any: wait until each broker says what
    ZooKeeper holds."""
    zookeeper = kazoo.KazooClient(cluster.zookeeper.address)
    zookeeper.start()
    try:
        for broker in cluster.brokers:
            for whose, source in (("<default>", "DYNAMIC_DEFAULT_BROKER_CONFIG"), (str(broker.id), "DYNAMIC_BROKER_CONFIG")):
                path = f"/config/brokers/{whose}"
                wanted = json.loads(zookeeper.get(path)[0])["config"] if zookeeper.exists(path) else {}
                wait_until(f"broker {broker.id} knows {wanted}", lambda: set_by(source, broker) == wanted)
    finally:
        zookeeper.stop()


def set_by(source, broker):
    number = admin.ConfigSource[source].value
    asked = admin.ConfigResource(admin.RESOURCE_BROKER, str(broker.id))
    client = admin.AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    answer = client.describe_configs([asked])[asked].result()
    return {name: each.value for name, entry in answer.items() for each in [entry, *entry.synonyms.values()]
            if each.source == number}


def topics(play, cluster):
    hurried = f" --command-config {write(cluster, 'hurried', 'request.timeout.ms=5000')}"
    for words in ASKED_OF_TOPICS:
        play.broker_tool("kafka-topics", words + (hurried if words is WAITS_FOR_A_LEADER else ""))


def configs(play, cluster):
    make(cluster, "cf", "1:2,2:3")
    make(cluster, "cg", "3:1")

    def alter(entity, words):
        play.broker_tool("kafka-configs", f"--alter {entity} {words}")

    def describe(words):
        all_have_heard(cluster)
        play.broker_tool("kafka-configs", f"--describe {words}")

    alter("--topic cf", "--add-config retention.ms=0,max.message.bytes=2000")
    describe("--topic cf")
    alter("--topic cf", "--add-config cleanup.policy=[compact,delete] --delete-config retention.ms")
    describe("--topic cf --all")
    alter("--entity-type topics --entity-name cf", "--delete-config max.message.bytes,cleanup.policy")
    describe("--topic cf")
    for words in ["--add-config no.such=1", "--add-config retention.ms=x", "--delete-config retention.ms",
                  "--add-config segment.bytes=1"]:
        alter("--topic cf", words)
    alter("--topic nope", "--add-config retention.ms=1")
    alter("--broker 2", "--add-config log.cleaner.threads=2,leader.replication.throttled.rate=1000")
    describe("--broker 2")
    alter("--broker-defaults", "--add-config log.retention.ms=86400000,message.max.bytes=500000")
    describe("--broker-defaults")
    describe("--broker 2")
    describe("--topic cg --all")
    for words in ["log.cleaner.threads=9", "broker.id=9", "num.io.threads=x", "listener.name.plaintext.ssl.key.password=x"]:
        alter("--broker 2", f"--add-config {words}")
    alter("--broker-defaults", "--add-config advertised.listeners=PLAINTEXT://h:1")
    hurried = write(cluster, "hurried", "request.timeout.ms=5000\ndefault.api.timeout.ms=5000\n")
    alter("--broker 9", f"--add-config log.cleaner.threads=2 --command-config {hurried}")  # it waits for that broker
    alter("--broker-logger 1", "--add-config kafka.server.KafkaApis=DEBUG")
    alter("--broker-logger 1", "--delete-config kafka.server.KafkaApis")
    alter("--broker-logger 1", "--add-config kafka.server.KafkaApis=LOUD")
    alter("--broker 2", "--delete-config log.cleaner.threads,leader.replication.throttled.rate")
    alter("--broker-defaults", "--delete-config log.retention.ms,message.max.bytes")
    describe("--broker 2")
    describe("--broker-defaults")


def throttled_reassignment(play, cluster):
    """A limit far below what there is to copy holds the move up; a high one lets it end, and --verify takes it away."""
    make(cluster, "big", "1:2")
    fill(cluster, "big", 30_000)
    move = write(cluster, "throttled", moves(("big", 0, [3, 1])))

    def reassign(words):
        play.broker_tool("kafka-reassign-partitions", f"{words} --reassignment-json-file {move}")

    def describe(words):
        all_have_heard(cluster)
        play.broker_tool("kafka-configs", f"--describe {words}")

    reassign("--execute --throttle 1000")
    reassign("--verify")
    describe("--topic big")
    for number in (1, 2, 3):
        describe(f"--broker {number}")
    reassign("--execute --additional --throttle 100000000")
    settled(cluster)
    reassign("--verify")
    describe("--topic big")
    describe("--broker 3")
    play.broker_tool("kafka-topics", "--describe --topic big")


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


def played(scenario, apache, ours):
    with Cluster(brokers=0) as cluster:
        start(cluster, kind=(lambda broker: broker) if ours else ApacheBroker)
        player = Player(cluster, apache)
        scenario(player, cluster)
        return [neutral(cluster, text) for text in player.printed]


def compare(scenario, apache):
    theirs, ours = played(scenario, apache, ours=False), played(scenario, apache, ours=True)
    differ = [(one, other) for one, other in zip(theirs, ours) if one != other]
    for one, other in differ:
        print(f"--- on Apache's {one}+++ on ours {other}")
    print(f"{scenario.__name__}: {len(theirs)} command lines, {len(differ)} differ", flush=True)
    return not differ and len(theirs) == len(ours)


def main():
    names = sys.argv[1:]
    scenarios = [topics, configs, throttled_reassignment, *SCENARIOS]
    with ApacheTools() as apache:
        good = [compare(scenario, apache) for scenario in scenarios if not names or scenario.__name__ in names]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
