"""Our tools that change a cluster say what Apache's say about the same state of a real Kafka 3.9.1 cluster.

A scenario is played twice on the same three Apache brokers, by Apache's tools and by ours, each from topics made anew;
standard output, exit code and the first line of standard error must be the same. What only Java can print (stack traces,
names of Java exceptions in front of a sentence on standard error, lines of its log) is left out."""
import json
import re
import subprocess
import sys

import clients
from agreement import wait_until_all_agree
from apache_broker import ApacheBroker
from apache_tools import ApacheTools, Ran
from harness import BIN, PATIENT, Broker, Cluster, wait_until

CLASSES = {"kafka-topics": "org.apache.kafka.tools.TopicCommand",
           "kafka-reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
           "kafka-leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
           "kafka-log-dirs": "org.apache.kafka.tools.LogDirsCommand",
           "kafka-delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
           "kafka-replica-verification": "org.apache.kafka.tools.ReplicaVerificationTool",
           "zookeeper-shell": "org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka"}
JAVA_ONLY = re.compile(r"^(\s+at |\s*\.\.\. \d+ more|Caused by: |\tSuppressed: |\[\d{4}-\d\d-\d\d |Exception in thread|java\.|"
                       r"com\.fasterxml|joptsimple\.|org\.apache\.kafka\.[\w.]+: )")
EXCEPTION = re.compile(r'^(?:Exception in thread "main" )?(?:(?:java|com|joptsimple|org)\.[\w.]+(?:Exception|Error): )+')
EVENT = re.compile(r"WatchedEvent |Sync (is OK|has failed)")
VOLATILE = [(r"TopicId: [\w-]{22}", "TopicId: ID"), (r"(zxid|Zxid|ephemeralOwner) = 0x[1-9a-f][0-9a-f]*", r"\1 = N"),
            (r"time = .*", "time = T"), (r"(Call\(callName=\S+\(api=METADATA\)).*", r"\1"),
            (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", "TIME")]


class Player:
    """Runs tools and keeps what they print: those of `apache`, or ours if there is none."""

    def __init__(self, cluster, apache=None):
        self.cluster, self.apache, self.printed = cluster, apache, []

    def command(self, tool):
        if not self.apache:
            return [BIN / tool]
        return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", clients.maven("apache"), CLASSES[tool]]

    def __call__(self, tool, words, typed="", stop_after=None):
        """`typed`: on standard input. `stop_after`: so many lines, of a tool that goes on for ever."""
        words = words if isinstance(words, list) else words.split()
        # What is typed, and who is to be stopped, is a process's; and the shell ends the one that it runs in.
        alone = not self.apache or typed or stop_after or tool == "zookeeper-shell"
        ran = self._run_alone(tool, words, typed, stop_after) if alone else self.apache.run(CLASSES[tool], words)
        text = f"$ {tool} {' '.join(map(str, words))}\n{shown(ran.out, ran.err)}[exit {ran.code if not stop_after else 0}]\n"
        self.printed.append(text)
        return text

    def _run_alone(self, tool, words, typed, stop_after):
        process = subprocess.Popen(self.command(tool) + words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        lines = [process.stdout.readline() for _ in range(stop_after or 0)]
        if stop_after:
            process.terminate()
        out, err = process.communicate(typed, timeout=100)
        return Ran(process.returncode, "".join(lines) or out, err)

    def broker_tool(self, tool, words, **rest):
        wait_until_all_agree(self.cluster)
        option = "--broker-list" if tool == "kafka-replica-verification" else "--bootstrap-server"
        return self(tool, f"{option} {self.cluster.bootstrap} {words}", **rest)


def asynchronous_last(lines):
    """The shell's event thread prints what it is told while the main thread prints answers, so only their own order is
    the same in two runs of one shell; and whether it still says Closed before the process ends is chance."""
    events = [line for line in lines if EVENT.match(line) and "Closed" not in line]
    return [line for line in lines if not EVENT.match(line) and line != "WATCHER::"] + events


def shown(out, err):
    kept = asynchronous_last([line.rstrip("\r") for line in out.splitlines() if line and not JAVA_ONLY.match(line)])
    complaint = [EXCEPTION.sub("", line) for line in err.splitlines()
                 if not re.match(r"\[\d{4}-|\s+at |log4j:|SLF4J|ERROR|WARN|Option  |-----|Created ", line)][:1]
    complaint += [line for line in err.splitlines() if line.startswith("Created ")]
    text = "\n".join(kept + ["! " + line for line in complaint if line]) + "\n"
    for pattern, replacement in VOLATILE:
        text = re.sub(pattern, replacement, text)
    return text


def write(cluster, name, value):
    path = cluster.directory / f"{name}.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def moves(*partitions):
    return {"version": 1, "partitions": [dict(zip(("topic", "partition", "replicas", "log_dirs"), p)) for p in partitions]}


def fill(cluster, topic, kilobytes):
    lines = b"\n".join(b"x" * 1000 for _ in range(kilobytes))
    subprocess.run(["kcat", "-P", "-b", cluster.bootstrap, "-t", topic, "-p", "0", "-X", "acks=all", "-X",
                    "compression.codec=none"], input=lines, check=True)


def settled(cluster):
    """Nothing moves any more."""
    def listed():
        ran = subprocess.run([BIN / "kafka-reassign-partitions", "--bootstrap-server", cluster.bootstrap, "--list"],
                             capture_output=True, text=True, check=True)
        return ran.stdout.startswith("No partition")
    wait_until("the end of the reassignment", listed)


def make(cluster, name, assignment):
    run = [BIN / "kafka-topics", "--bootstrap-server", cluster.bootstrap]
    subprocess.run(run + ["--delete", "--if-exists", "--topic", name], check=True, capture_output=True)

    def made():
        ran = subprocess.run(run + ["--create", "--topic", name, "--replica-assignment", assignment], capture_output=True)
        return ran.returncode == 0
    wait_until(f"topic {name}", made)


def reassign_partitions(play, cluster):
    make(cluster, "re", "1:2,2:3")
    make(cluster, "big", "1:2")
    fill(cluster, "big", 3000)
    to_dir = str(cluster.brokers[0].directory / "other")
    files = {"move": moves(("re", 0, [3, 1]), ("re", 1, [1, 2])), "big": moves(("big", 0, [3, 1])),
             "place": moves(("re", 0, [3, 1], ["any", to_dir])), "nodir": moves(("re", 0, [3, 1], ["any", "/nope"])),
             "unknown": moves(("nope", 0, [1])), "partition": moves(("re", 7, [1])), "broker": moves(("re", 0, [9])),
             "twice": moves(("re", 0, [1]), ("re", 0, [2])), "double": moves(("re", 0, [1, 1]), ("re", 1, [2, 3, 2, 3])),
             "none": moves(("re", 0, [])), "sizes": moves(("re", 0, [3, 1], ["any"])), "array": [], "empty": {},
             "version": {"version": 7}, "field": {"partitions": [{"topic": "re", "partition": 0}]},
             "type": {"partitions": [{"topic": 3, "partition": 0, "replicas": [1]}]},
             "topics": {"topics": [{"topic": "re"}], "version": 1}, "topics2": {"topics": [{"topic": "re"}, {"topic": "re"}]},
             "topics3": {"topics": [{"topic": "nope"}]}, "bad": "nope"}
    at = {name: write(cluster, name, value) for name, value in files.items()}

    def reassign(words, file=None):
        return play.broker_tool("kafka-reassign-partitions", words + (f" --reassignment-json-file {at[file]}" if file else ""))

    for file in ["unknown", "partition", "broker", "twice", "double", "none", "sizes", "array", "empty", "version", "field", "type"]:
        reassign("--execute", file)
    for words in ["", "--list --verify", "--list --foo", "--list", "--list --throttle 3", "--execute", "--verify --throttle 3",
                  "--cancel", "--generate", "--list --command-config /none", "--execute --reassignment-json-file /none"]:
        reassign(words)
    for file, brokers in [("topics", "1"), ("topics", "1,1"), ("topics", "1,x"), ("topics", "1,9"), ("topics2", "1,2"),
                          ("topics3", "1,2"), ("bad", "1,2"), ("empty", "1,2"), ("version", "1,2")]:
        reassign(f"--generate --topics-to-move-json-file {at[file]} --broker-list {brokers}")
    for file in ["move", "unknown", "empty"]:
        reassign("--verify", file)
    reassign(f"--list --command-config {write(cluster, 'timeouts', 'default.api.timeout.ms=1')}")
    reassign("--execute --throttle abc", "move")
    reassign("--execute --throttle 1000", "big")
    reassign("--list")
    for words in ["--describe --topic big", "--describe --topic big --under-replicated-partitions",
                  "--describe --topic big --at-min-isr-partitions", "--describe --topic big,re --unavailable-partitions"]:
        play.broker_tool("kafka-topics", words)
    reassign("--verify", "big")
    reassign("--verify", "move")
    reassign("--execute", "move")
    reassign("--execute --additional --throttle 2000", "big")
    reassign("--cancel --preserve-throttles", "big")
    play.broker_tool("kafka-topics", "--describe --topic big")
    reassign("--cancel", "big")
    reassign("--execute --throttle 100000 --replica-alter-log-dirs-throttle 100000", "move")
    settled(cluster)
    reassign("--verify --preserve-throttles", "move")
    reassign("--verify", "move")
    play.broker_tool("kafka-topics", "--describe --topic re")
    reassign("--execute", "place")
    settled(cluster)
    reassign("--verify", "place")
    reassign("--verify", "nodir")
    reassign("--execute", "nodir")
    reassign("--cancel", "place")


def leader_election(play, cluster):
    make(cluster, "re", "1:2,2:3")
    at = {name: write(cluster, name, value) for name, value in {
        "both": {"partitions": [{"topic": "re", "partition": 0}, {"topic": "re", "partition": 1}]},
        "some": {"partitions": [{"topic": "re", "partition": 0}, {"topic": "re", "partition": 7}, {"topic": "a", "partition": 7},
                                {"topic": "bcdef", "partition": 0}]},
        "twice": {"partitions": [{"topic": "re", "partition": 0}, {"topic": "re", "partition": 0}]},
        "empty": {}, "array": [], "bad": "nope", "field": {"partitions": [{"topic": "re"}]}}.items()}
    elect = "--election-type preferred "
    for words in ["--topic re", "--election-type foo --all-topic-partitions", elect, elect + "--topic re",
                  elect + "--topic re --partition x", elect + "--all-topic-partitions --partition 0",
                  elect + "--topic re --partition 0 --all-topic-partitions", elect + "--topic re --partition 0",
                  "--election-type UNCLEAN --topic re --partition 1", elect + "--topic nope --partition 0",
                  elect + "--all-topic-partitions", elect + "--path-to-json-file /none", elect + "--foo", "--version",
                  elect + "--all-topic-partitions --admin.config /none"]:
        play.broker_tool("kafka-leader-election", words)
    for file in at:
        play.broker_tool("kafka-leader-election", f"{elect} --path-to-json-file {at[file]}")
    play("kafka-leader-election", "--topic re")
    # The preferred leader of re-0 steps down and is elected again.
    write(cluster, "swap", moves(("re", 0, [2, 1])))
    ours = [BIN / "kafka-reassign-partitions", "--bootstrap-server", cluster.bootstrap, "--execute",
            "--reassignment-json-file", cluster.directory / "swap.json"]
    subprocess.run(ours, check=True, capture_output=True)
    settled(cluster)
    play.broker_tool("kafka-leader-election", f"{elect} --path-to-json-file {at['both']}")
    play.broker_tool("kafka-leader-election", f"{elect} --topic re --partition 0")


def log_dirs(play, cluster):
    if play.apache:  # made anew they would lie elsewhere
        make(cluster, "re", "1:2,2:3,3:1")
        make(cluster, "dl", "1:2:3")
        fill(cluster, "dl", 3)
    for words in ["--describe --topic-list dl", "--describe --topic-list dl,nope --broker-list 3,1", "--describe --broker-list 1,1,",
                  "--describe --broker-list 22,19,1,40", "--describe --broker-list x", "--describe --topic-list nope", "", "--foo",
                  "--describe --command-config /none", "--version"]:
        play.broker_tool("kafka-log-dirs", words)
    for name, config in [("good", "client.id=me\nno.such.key=1\n"), ("bad", "request.timeout.ms=abc\n")]:
        play.broker_tool("kafka-log-dirs", f"--describe --topic-list nope --command-config {write(cluster, name, config)}")
    play("kafka-log-dirs", "--describe")


def delete_records(play, cluster):
    make(cluster, "off", "1:2,2:3,3:1")
    fill(cluster, "off", 10)
    offsets = {"good": [("off", 0, 4), ("off", 1, -1), ("off", 2, 0)], "beyond": [("off", 0, 999), ("off", 1, -3)],
               "twice": [("off", 0, 1), ("off", 0, 2)], "type": [("off", 0, "x")]}
    files = {name: {"partitions": [dict(zip(("topic", "partition", "offset"), p)) for p in all]} for name, all in offsets.items()}
    files |= {"bad": "nope", "array": [], "empty": {}, "version": {"version": 2, "partitions": []},
              "field": {"partitions": [{"topic": "off", "partition": 0}]}}
    for name, value in files.items():
        play.broker_tool("kafka-delete-records", f"--offset-json-file {write(cluster, 'dr-' + name, value)}")
    for words in ["", "--foo", "--offset-json-file /none", f"--offset-json-file {cluster.directory}/dr-good.json --command-config /none"]:
        play.broker_tool("kafka-delete-records", words)
    play("kafka-delete-records", f"--offset-json-file {cluster.directory}/dr-good.json")


def replica_verification(play, cluster):
    make(cluster, "ver", "1:2:3,2:3:1,3:1:2")
    fill(cluster, "ver", 10)
    for words in ["--topics-include ver --report-interval-ms 500", "--topics-include ver --report-interval-ms 500 --time -2"]:
        play.broker_tool("kafka-replica-verification", words, stop_after=2)
    for words in ["--topics-include [", "--foo", "--fetch-size x", "--version"]:
        play.broker_tool("kafka-replica-verification", words)


TYPED = """create /zs a
create -s /zs/n b
create -e /zs/e
create -s -e /zs/se x
create -e -s /zs/es "a b  c"
get /zs/es0000000003
ls -R /zs
ls -s /zs
ls -w /zs
create /zs/new
get /zs/new
get -s /zs/new
get -w /zs
set /zs q
set -s /zs qq
set -v 9 /zs x
set -v 2 /zs x
delete -v 9 /zs
delete -v 0 /zs/new
getAcl /zs
getAcl -s /zs
sync /zs
stat /zs
stat /nope
create /zs x
create /nope/x
create /zs/e/x
delete /zs
deleteall /nope
sync /nope
ls / watch
ls /zs/
create /a//b x
ls -x /zs
deleteall /zs
history
close
ls /
connect ADDRESS
ls /brokers/ids
get /nope
quit
ls /
"""


def zookeeper_shell(play, cluster):
    address = cluster.zookeeper.address
    play("zookeeper-shell", f"-server {address}", typed=TYPED.replace("ADDRESS", address))
    for words in ["ls /brokers/ids", "ls /nope", "get /controller_epoch", "get -s /cluster/id", "create /brokers x", "delete /brokers",
                  "delete -v 7 /controller_epoch", "stat /cluster", "-timeout 4000 ls -R /cluster"]:
        play("zookeeper-shell", f"-server {address} {words}")
    play("zookeeper-shell", f"-server {address}/brokers ls /")
    play("zookeeper-shell", f"-server {address}/brokers get /nope")


SCENARIOS = [zookeeper_shell, log_dirs, leader_election, delete_records, replica_verification, reassign_partitions]


def compare(scenario, cluster, apache):
    players = [Player(cluster, apache), Player(cluster)]
    for player in players:
        scenario(player, cluster)
    differ = [(theirs, ours) for theirs, ours in zip(*(player.printed for player in players)) if theirs != ours]
    for theirs, ours in differ:
        print(f"--- Apache's {theirs}+++ ours {ours}")
    print(f"{scenario.__name__}: {len(players[0].printed)} command lines, {len(differ)} differ", flush=True)
    return not differ


def start(cluster, kind=ApacheBroker):
    """Three brokers, each with two directories; `kind` makes what runs of a `Broker`. What a throttle has let through is
    forgotten after two seconds instead of eleven. The controller elects nobody of its own accord: five seconds after its
    start it would give re-0 to its preferred leader, before or after a scenario asks for that."""
    for number in (1, 2, 3):
        broker = Broker(cluster.directory / f"broker{number}", cluster.zookeeper, number, PATIENT | {
            "broker.rack": f"RACK{number}", "min.insync.replicas": "2", "replication.quota.window.num": "2",
            "auto.leader.rebalance.enable": "false",
            "log.dirs": f"{cluster.directory}/broker{number}/data,{cluster.directory}/broker{number}/other"})
        cluster.brokers.append(kind(broker))
        cluster.brokers[-1].start()


def main():
    names = sys.argv[1:]
    with Cluster(brokers=0) as cluster, ApacheTools() as apache:
        start(cluster)
        good = [compare(scenario, cluster, apache) for scenario in SCENARIOS if not names or scenario.__name__ in names]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
