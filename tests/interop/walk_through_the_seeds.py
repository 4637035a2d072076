"""What people's notes of older Kafkas tell to type works here, and prints what the notes show.

seeds/ holds five such notes. Every command of theirs (kafka-configs and retention aside) is typed here in their order, with our
tools and with Apache's 3.9.1, each on three brokers of ours. What both print is compared line by line; what ours print is compared
with what the note shows, as far as a 3.9 still prints it: ids, times, sizes and CRCs are free. A command or an output that does
not stand in its note is an error of this test.
"""
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

import clients
from harness import BIN, Cluster, wait_until

NOTES = pathlib.Path(__file__).with_name("seeds")
CLASSES = {"kafka-topics": "org.apache.kafka.tools.TopicCommand", "kafka-console-producer": "kafka.tools.ConsoleProducer",
           "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer", "kafka-dump-log": "kafka.tools.DumpLogSegments"}
# How the notes' authors call what a command line of ours names.
ADDRESSES = ["peter-kafka01.foo.bar:9092", "kafka1:9091"]
DATA = "/data/kafka-logs"
FIRST_LOG = f"{0:020}.log"
# 1073741824 is what their server.properties set; describe shows what was set, wherever.
SETTINGS = {"offsets.topic.replication.factor": "3", "log.segment.bytes": "1073741824"}
# The note of chapter 4 was typed by hand from a screen.
MISTYPED = {"produerId": "producerId", "producerEpch": "producerEpoch", "ketysize": "keysize", " size 81": " size: 81",
            "headerKeys[]": "headerKeys: []", "headerKeys:[]payload": "headerKeys: [] payload", "segment.   bytes": "segment.bytes"}
# Since 3.0 a producer is idempotent unless told otherwise: it has an id and numbers its batches.
FREE = {"createtime", "crc", "producerid", "producerepoch", "basesequence", "lastsequence", "sequence"}
SINCE_THEN = {"topicid", "elr", "lastknownelr", "deletehorizonms"}


class Note:
    """One of the texts; what is taken from it must stand there."""

    def __init__(self, name):
        self.text = (NOTES / f"{name}.txt").read_text()
        self.flat = " ".join(re.sub(r"\\ *\n", " ", self.text).split())

    def says(self, words):
        flat = " ".join(words.split())
        if flat not in self.flat:
            raise AssertionError(f"no note says: {flat}")
        return words

    def between(self, first, last):
        begin = self.text.index(first)
        return self.text[begin:self.text.index(last, begin) + len(last)]


class Terminal:
    """Types commands on a cluster, with our tools or with Apache's, and keeps what was printed."""

    def __init__(self, cluster, ours):
        self.cluster, self.ours, self.printed = cluster, ours, []

    def program(self, name):
        name = name.split("/")[-1].removesuffix(".sh").replace("console.producer", "console-producer")
        if self.ours:
            return [BIN / name]
        return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", clients.maven("apache"), CLASSES[name]]

    def here(self, word):
        """A word of a note, as it is called on this machine."""
        if word in ADDRESSES:
            return self.cluster.brokers[0].bootstrap
        return word.replace(DATA, str(self.cluster.brokers[0].data))

    def type(self, command, lines=""):
        name, *words = command.split()
        done = subprocess.run(self.program(name) + [self.here(word) for word in words], input=lines, capture_output=True, text=True,
                              timeout=200, check=False)
        text = done.stdout + "".join(refusals(done.stderr)) + f"[exit {done.returncode}]"
        text = text.replace(str(self.cluster.brokers[0].data), DATA)
        self.printed.append(f"$ {command}\n{text}\n")
        return text


def refusals(err):
    """The sentence about a wrong option, which Apache's tools say once or twice, with or without Java's names around it."""
    found = re.search(r"([\w-]+) is not a recognized option", err)
    return [found.group(0) + "\n"] if found else []


def settled(line):
    """A line of two clusters without what each of them chooses for itself."""
    line = re.sub(r"TopicId: \S+", "TopicId: ID", line)
    line = re.sub(r"Leader: \d", "Leader: N", line)
    line = re.sub(r"(Replicas|Isr): ([\d,]+)", lambda found: f"{found[1]}: {','.join(sorted(found[2].split(',')))}", line)
    return re.sub(r"(CreateTime|crc|producerId): \d+", r"\1: N", line)


def fields(text):
    """The names and values that a text shows, without what is free and what older Kafkas did not have."""
    for wrong, right in MISTYPED.items():
        text = text.replace(wrong, right)
    text = re.sub(r"Leader: \d", "Leader: N", " ".join(text.split()))
    found = re.findall(r"(\w+): ?(\[\]|OptionalLong\.empty|\S+)", re.sub(r"Configs: (?=Topic)", "", text))
    shown = [(name.lower(), value.lower()) for name, value in found if name.lower() not in SINCE_THEN]
    return [(name, "free" if name in FREE else in_any_order(name, value)) for name, value in shown]


def in_any_order(name, value):
    return ",".join(sorted(value.split(","))) if name in ("replicas", "isr") else value


def expect(what, ours, noted):
    if ours != noted:
        raise AssertionError(f"{what}\n  note: {noted}\n  here: {ours}")


def same_fields(what, printed, noted):
    expect(what, fields(printed.split("[exit")[0]), fields(noted))


def names(directory):
    """What lies there; what is only waiting to be deleted does not."""
    return sorted(path.name for path in directory.iterdir() if not path.name.startswith(".") and not path.name.endswith("-delete"))


def remove(cluster, topic):
    """So that the next note begins where it did: with nothing."""
    subprocess.run([BIN / "kafka-topics", "--bootstrap-server", cluster.bootstrap, "--delete", "--topic", topic], check=True)
    wait_until(f"the end of {topic}", lambda: not any(name.startswith(topic) for broker in cluster.brokers
                                                      for name in names(broker.data)))
    ask = [BIN / "zookeeper-shell", "-server", cluster.zookeeper.address, "ls", "/admin/delete_topics"]
    wait_until("the end of the deletion", lambda: subprocess.run(ask, capture_output=True, text=True, check=False).stdout.endswith("[]\n"))


def replicated(cluster, topic):
    """Every broker has the record."""
    logs = [broker.data / f"{topic}-0" / FIRST_LOG for broker in cluster.brokers]
    wait_until("the replicas", lambda: all(log.exists() and log.stat().st_size > 0 for log in logs))


def known(terminal, topic):
    """Broker 1 has heard of the topic (a describe right after the creation may come too early); who leads it."""
    run = [BIN / "kafka-topics", "--bootstrap-server", terminal.cluster.brokers[0].bootstrap, "--describe", "--topic", topic]

    def leader():
        found = re.search(r"Leader: (\d)", subprocess.run(run, capture_output=True, text=True, check=False).stdout)
        return terminal.cluster.brokers[int(found[1]) - 1] if found else None
    wait_until(f"{topic} on broker 1", leader)
    return leader()


def assembled(cluster):
    """Each broker has heard of the two others."""
    def all_known(broker):
        run = [BIN / "kafka-broker-api-versions", "--bootstrap-server", broker.bootstrap]
        return subprocess.run(run, capture_output=True, text=True, check=False).stdout.count(" (id: ") == 3
    wait_until("three brokers that know each other", lambda: all(map(all_known, cluster.brokers)))


def first_topic(terminal, note, create, describe, produce, dump=None, shown=(None, None)):
    """Create, describe, send, look into the log: how three of the notes begin."""
    expect("creation", terminal.type(note.says(create)), "Created topic peter-test01.\n[exit 0]")
    known(terminal, "peter-test01")
    described = terminal.type(note.says(describe))
    if shown[0]:
        same_fields("description", described, note.says(shown[0]))
    expect("sending", terminal.type(produce, "test message1\n"), "[exit 0]")
    replicated(terminal.cluster, "peter-test01")
    if dump:
        same_fields("the log", terminal.type(dump), note.says(shown[1]))


def note_000(terminal):
    note = Note("000")
    server = "--bootstrap-server peter-kafka01.foo.bar:9092"
    log = f"/data/kafka-logs/peter-test01-0/{FIRST_LOG}"
    first_topic(terminal, note, f"/kafka-topics.sh {server} --create --topic peter-test01 --partitions 1 --replication-factor 3",
                f"/kafka-topics.sh {server} --topic peter-test01 --describe",
                note.says(f"kafka-console.producer.sh {server} --topic peter-test01"),
                note.says(f"kafka-dump-log.sh --print-data-log --files {log}"),
                (note.between("Topic: peter-test01   PartitionCount", "Isr: 1,2,3"), note.between("Dumping", "payload: test message1")))
    note.says("> > test message1")
    for broker in terminal.cluster.brokers:  # "the same message is on the others too"
        dumped = subprocess.run([BIN / "kafka-dump-log", "--print-data-log", "--files", broker.data / "peter-test01-0" / FIRST_LOG],
                                capture_output=True, text=True, check=True).stdout
        expect(f"broker {broker.id}", dumped.count("payload: test message1"), 1)
    remove(terminal.cluster, "peter-test01")


def note_001(terminal):
    note = Note("001")
    server = "--bootstrap-server kafka1:9091"
    first_topic(terminal, note, f"kafka-topics {server} --create --topic peter-test01 -partitions 1 --replication-factor 3",
                f"kafka-topics {server} --topic peter-test01 --describe",
                note.says(f"kafka-console-producer {server} --topic peter-test01\ntest message1").split("\n")[0])
    create = note.says(f"kafka-topics {server} --create --topic peter-test02 --partitions 1 --replication-factor 2")
    expect("creation", terminal.type(create), "Created topic peter-test02.\n[exit 0]")
    note.says("peter-test02-0\ncat leader-epoch-checkpoint")
    leader = known(terminal, "peter-test02")
    checkpoint = leader.data / "peter-test02-0" / "leader-epoch-checkpoint"
    wait_until("the checkpoint", checkpoint.exists)
    expect("cat leader-epoch-checkpoint", checkpoint.read_text(), "0\n1\n0 0\n")
    for topic in ["peter-test01", "peter-test02"]:
        remove(terminal.cluster, topic)


def note_002(terminal):
    note = Note("002")
    programs = "/usr/local/kafka/bin"
    server = "--bootstrap-server peter-kafka01.foo.bar:9092"
    log = f"/data/kafka-logs/peter-test01-0/{FIRST_LOG}"
    refused = terminal.type(note.says(f"{programs}/kafka-console-producer.sh --boot-server peter-kafka01.foo.bar:9092 --topic peter-test"))
    expect("a name that no option begins with", refused, "boot-server is not a recognized option\n[exit 1]")
    note.says(f"{programs}/kafka-dump-log.sh --print-data-log--files {log}")
    refused = terminal.type(f"{programs}/kafka-dump-log.sh --print-data-log--files {log}")
    expect("two options in one word", refused, "print-data-log--files is not a recognized option\n[exit 1]")
    describe = f"{programs}/kafka-topics.sh {server} --topic peter-test01 --describe"
    described = note.between("Topic: peter-test01 PartitionCount", "Isr: 1,2,3")
    first_topic(terminal, note, f"{programs}/kafka-topics.sh {server} --create --topic peter-test01 --partitions 1 --replication-factor 3",
                describe, f"{programs}/kafka-console-producer.sh {server} --topic peter-test01",
                f"{programs}/kafka-dump-log.sh --print-data-log --files {log}",
                (described, note.between("Dumping", "payload: test message1")))
    same_fields("description", terminal.type(describe), described)
    remove(terminal.cluster, "peter-test01")


def seeds_record(text):
    """The bytes that a note shows as xxd prints them."""
    return bytes.fromhex("".join(re.findall(r"^\w{8}: ((?:[0-9a-f]{2,4} )+)", text, re.M)).replace(" ", ""))


def xxd(data):
    lines = []
    for at in range(0, len(data), 16):
        row = data[at:at + 16]
        pairs = " ".join(row[i:i + 2].hex() for i in range(0, len(row), 2))
        lines.append(f"{at:08x}: {pairs:<39}  " + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row))
    return "\n".join(lines)


def note_003(terminal):
    note = Note("003")
    cluster, topic = terminal.cluster, "peter-overview01"
    shown = note.between("00000000: 0000", "e.\n```").removesuffix("\n```")
    wanted = seeds_record(shown)
    create = f"kafka-topics --bootstrap-server kafka1:9091 --create --topic {topic} --partitions 1 --replication-factor 3 --config retention.ms=-1"
    terminal.type(create)
    known(terminal, topic)
    # The tool cannot set a time; the library below it can.
    confluent = clients.module("confluent_kafka", "python3-confluent-kafka")
    producer = confluent.Producer({"bootstrap.servers": cluster.bootstrap, "acks": "all", "log_level": 0})
    producer.produce(topic, value=" First message", timestamp=int.from_bytes(wanted[27:35], "big"))
    expect("unsent", producer.flush(60), 0)
    replicated(cluster, topic)
    consume = f"kafka-console-consumer --bootstrap-server kafka1:9091 --topic {topic} --from-beginning --max-messages 1"
    expect("reading", terminal.type(consume), " First message\n[exit 0]")
    expect("xxd", xxd((cluster.brokers[0].data / f"{topic}-0" / FIRST_LOG).read_bytes()), shown)
    listed = note.between("__consumer_offsets-0 ", "replication-offset-checkpoint")
    offsets = {f"__consumer_offsets-{number}" for number in range(50)}
    files = {name for name in listed.split() if "checkpoint" in name or name == "meta.properties"}
    for broker in cluster.brokers:
        wait_until("fifty partitions", lambda: offsets <= set(names(broker.data)))
        there = names(broker.data)
        expect("ls", there, sorted(offsets | files | {f"{topic}-0"}))
        expect("what the note lists", {name for name in listed.split() if name not in there}, {"생략,,,"})
    inside = note.between("00000000000000000000.index", "leader-epoch-checkpoint").split() + ["partition.metadata"]  # since 2.8
    expect("ls", names(cluster.brokers[0].data / f"{topic}-0"), sorted(inside))
    terminal.type(f"kafka-console-producer --bootstrap-server kafka1:9091 --topic {topic} --producer-property enable.idempotence=false",
                  " First message\n")
    # It lies in the next segment, which is years younger. But for offset, CRC and times it is the same to the last byte.
    log = cluster.brokers[0].data / f"{topic}-0" / f"{1:020}.log"
    wait_until("the second record", lambda: log.exists() and log.stat().st_size >= len(wanted))
    for first, end in [(8, 17), (21, 27), (43, len(wanted))]:
        expect(f"bytes {first} to {end}", log.read_bytes()[first:end].hex(), wanted[first:end].hex())


def plain(command):
    """A command of a note without the remarks in it: `testA(the topic's name)`."""
    return re.sub(r"\([^)]*\)", "", command)


def note_004(terminal):
    """With --zookeeper, which only ours still take."""
    note = Note("004")
    host = "쥬키퍼 호스트 네임:쥬키퍼port"
    create = note.says(f"./kafka-topics --zookeeper {host} --topic  testA(추가할 토픽명) --partition 3(파티션수) --replication-factor 3(복제수) --create")

    def type_it(command):
        return terminal.type(plain(note.says(command)).replace(host, terminal.cluster.zookeeper.address))
    expect("list", type_it(f"./kafka-topics --zookeeper {host} --list"), "__consumer_offsets\npeter-overview01\n[exit 0]")
    expect("creation", type_it(create), "Created topic testA.\n[exit 0]")
    known(terminal, "testA")
    described = type_it(f"./kafka-topics --zookeeper {host} --topic  testA(추가할 토픽명) --describe").split("\n")
    expect("description", [sorted(name for name, _ in fields(line)) for line in described[1:-1]],
           [sorted(["topic", "partition", "leader", "replicas", "isr"])] * 3)
    head = re.sub(r"TopicId: \S+\t", "", described[0].rstrip())
    expect("head", head, "Topic: testA\tPartitionCount: 3\tReplicationFactor: 3\tConfigs:")
    expect("the same again, in place of the producer", type_it(create),
           "Error while executing topic command : Topic 'testA' already exists.\n[exit 1]")


def walk(ours):
    with Cluster(3, SETTINGS, first_id=1) as cluster:
        assembled(cluster)
        terminal = Terminal(cluster, ours)
        for note in [note_000, note_001, note_002, note_003]:
            note(terminal)
        printed = list(terminal.printed)
        if ours:
            note_004(terminal)
        return printed


def main():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        ours, theirs = (future.result() for future in [pool.submit(walk, True), pool.submit(walk, False)])
    differ = 0
    for mine, his in zip(ours, theirs, strict=True):
        lines = [[settled(line) for line in str(text).split("\n")] for text in (mine, his)]
        if lines[0] != lines[1]:
            differ += 1
            print(f"--- Apache's\n{json.dumps(lines[1], indent=1)}\n+++ ours\n{json.dumps(lines[0], indent=1)}")
    print(f"{len(ours)} command lines, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
