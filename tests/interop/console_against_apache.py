"""kafka-console-producer, -consumer and kafka-get-offsets of ours and of Apache's do the same on one real Kafka 3.9.1 broker.

Each producer sends the same text to a topic of its own, and kafka-dump-log shows what came of it; each consumer reads the same
topic. Output, exit code and standard error must be the same, Java's stack traces and the clients' own warnings aside."""
import concurrent.futures
import re
import subprocess
import sys

import admin_tools_against_apache
import clients
from apache_broker import ApacheBroker
from harness import BIN, PATIENT, Broker, Cluster

CLASSES = {"kafka-console-producer": "kafka.tools.ConsoleProducer",
           "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
           "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell"}
KEYS = "--property parse.key=true --property key.separator=:"
HEADERS = "--property parse.headers=true"
# What is typed, and how: each into an empty topic.
PRODUCED = [("one\ntwo\n\nno newline at the end", ""), ("", ""), ("k:v:w\n:x\n", KEYS), ("a:1,b:2\tk\tv\n", f"{HEADERS} {KEYS[:30]}"),
            ("a=1;b=\tv4\n", f"{HEADERS} --property headers.separator=; --property headers.key.separator=="),
            ("NIL\tNIL\nk\tNIL\n", "--property parse.key=true --property null.marker=NIL"), ("nosep\nk:v\n", KEYS + " --property ignore.error=true"),
            ("k:v\nnosep\n", KEYS), ("gz" * 99 + "\n", "--compression-codec"),
            (("lz" * 99 + "\n") * 2, "--sync --compression-codec lz4 --batch-size 20"), ("x\n", "--request-required-acks 1"),
            ("y" * 200 + "\nok\n", "--producer-property max.request.size=100"), ("x\n", "--producer-property linger.ms=x"), ("x\n", "--line-reader no.such")]
# Asked of a topic with the records of PRODUCED in it.
PRINTED = "--property print.partition=true --property print.offset=true --property print.headers=true --property print.key=true"
LONG = "org.apache.kafka.common.serialization.LongDeserializer"
BYTES = "org.apache.kafka.common.serialization.BytesDeserializer"
CONSUMED = ["--from-beginning --max-messages 9 " + PRINTED, "--from-beginning --partition 0 --max-messages 3 --enable-systest-events",
            "--partition 0 --offset 3 --max-messages 4 --property line.separator=; --property null.literal=<nil> " + PRINTED,
            "--group g --from-beginning --max-messages 2", f"--partition 0 --offset 1 --max-messages 1 --value-deserializer {LONG}",
            f"--partition 0 --offset 1 --max-messages 2 --skip-message-on-error --value-deserializer {LONG}",
            f"--partition 0 --offset 1 --max-messages 2 --property value.deserializer={BYTES}",
            "--partition 0 --offset latest --timeout-ms 200", "--isolation-level foo",
            "--partition 0 --offset 1 --max-messages 1 --formatter kafka.tools.DefaultMessageFormatter"]
ASKED = ["--topic read,ours-.*", "--topic-partitions read:0-,theirs-1.*:-1 --time max-timestamp", "--topic nope"]
# Last: they read what the groups of the others have left.
INTERNAL = ["org.apache.kafka.tools.consumer.OffsetsMessageFormatter",
            "kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter",
            "org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter"]
LOG4J = """log4j.rootLogger=WARN, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=[%d] %p %m (%c)%n
log4j.appender.stderr.Target=System.err
"""


def run(cluster, ours, tool, words, typed=""):
    command = [BIN / tool] if ours else ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", clients.maven("apache"),
                                         f"-Dlog4j.configuration=file:{cluster.directory}/log4j.properties", CLASSES[tool]]
    done = subprocess.run(command + ["--bootstrap-server", cluster.bootstrap] + words.split(), input=typed, capture_output=True,
                          text=True, timeout=200, check=False)
    return f"{done.stdout}{complaints(done.stderr)}[exit {done.returncode}]\n"


def complaints(err):
    kept = []
    for line in err.splitlines():
        if line.startswith("Option "):
            break  # the table
        if not re.match(r"\[[^]]*\] WARN |\s+at |Caused by: |log4j:|SLF4J", line):
            kept.append("! " + re.sub(r"^\[\d{4}-[^]]*\]", "[TIME]", line) + "\n")
    return "".join(kept)


def dumped(cluster, topic):
    """The records of a topic, and how they stand in batches."""
    log = cluster.broker.data / f"{topic}-0" / f"{0:020}.log"
    text = subprocess.run([BIN / "kafka-dump-log", "--print-data-log", "--files", log], capture_output=True, check=True).stdout
    # librdkafka leaves a batch as it is that compression makes no smaller.
    volatile = r"CreateTime: \d+|crc: \d+|producerId: \d+|size: \d+ magic|position: \d+|Dumping .*"
    return re.sub(volatile, "", text.decode(errors="replace"))


def produce(cluster, ours, number):
    typed, words = PRODUCED[number]
    topic = f"{'ours' if ours else 'theirs'}-{number}"
    admin_tools_against_apache.make(cluster, topic, "0")
    said = run(cluster, ours, "kafka-console-producer", f"--topic {topic} {words}", typed).replace(topic, "TOPIC")
    return said + dumped(cluster, topic)


def consume(cluster, ours, words):
    return run(cluster, ours, "kafka-console-consumer", words.replace("--group g", f"--group {'ours' if ours else 'theirs'}"))


def compare(name, theirs, ours):
    if theirs != ours:
        print(f"--- Apache's {name}\n{theirs}+++ ours\n{ours}")
    return theirs == ours


def main():
    with Cluster(brokers=0) as cluster, concurrent.futures.ThreadPoolExecutor(3) as pool:
        cluster.brokers.append(ApacheBroker(Broker(cluster.directory / "broker", cluster.zookeeper,
                                                   properties=PATIENT | {"offsets.topic.num.partitions": "1"})))
        (cluster.directory / "log4j.properties").write_text(LOG4J)
        cluster.broker.start()
        both = {f"produce {typed!r} {words}": [pool.submit(produce, cluster, ours, number) for ours in (False, True)]
                for number, (typed, words) in enumerate(PRODUCED)}
        good = [compare(name, *(future.result() for future in pair)) for name, pair in both.items()]
        for number, (typed, words) in enumerate(PRODUCED[:6]):
            run(cluster, True, "kafka-console-producer", f"--topic read {words}", typed)
        both = {words: [pool.submit(consume, cluster, ours, "--topic read " + words) for ours in (False, True)] for words in CONSUMED}
        both |= {words: [pool.submit(run, cluster, ours, "kafka-get-offsets", words) for ours in (False, True)] for words in ASKED}
        good += [compare(name, *(future.result() for future in pair)) for name, pair in both.items()]
        records = dumped(cluster, "__consumer_offsets").count("| offset: ")
        internal = f"--topic __consumer_offsets --partition 0 --from-beginning --max-messages {records} --formatter "
        both = {words: [pool.submit(consume, cluster, ours, internal + words) for ours in (False, True)] for words in INTERNAL}
        good += [compare(name, *(future.result() for future in pair)) for name, pair in both.items()]
    print(f"{len(good)} command lines, {good.count(False)} differ")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
