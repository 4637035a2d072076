"""The performance and the verifiable tools of ours and of Apache's say the same of one real Kafka 3.9.1 broker, but for
times, rates and the order of the fields of JSON."""
import concurrent.futures
import json
import re
import subprocess
import sys

import admin_tools_against_apache
import clients
from apache_broker import ApacheBroker
from harness import BIN, PATIENT, Broker, Cluster

CLASSES = {"kafka-producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
           "kafka-consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
           "kafka-e2e-latency": "org.apache.kafka.tools.EndToEndLatency",
           "kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
           "kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer"}
SEND = "--num-records 500 --record-size 100 --throughput -1 --producer-props bootstrap.servers=SERVER"
# Each in its order, on a topic that the tools of either kind have for themselves.
WRITERS = [("kafka-producer-perf-test", f"--topic TOPIC {SEND} acks=1 linger.ms=0"),
           ("kafka-verifiable-producer", "--bootstrap-server SERVER --topic TOPIC --max-messages 5 --value-prefix 7 --repeating-keys 2"),
           ("kafka-e2e-latency", "SERVER TOPIC 5 all 20")]
READERS = [("kafka-consumer-perf-test", "--bootstrap-server SERVER --topic TOPIC --messages 500 --timeout 30000"),
           ("kafka-verifiable-consumer", "--bootstrap-server SERVER --topic TOPIC --group-id TOPIC --max-messages 2 --verbose")]
REFUSED = [("kafka-producer-perf-test", "--topic t --num-records a --throughput -1"),
           ("kafka-verifiable-producer", "--topic t --bootstrap-server SERVER --acks 9"),
           ("kafka-verifiable-consumer", "--topic t --bootstrap-server SERVER"), ("kafka-e2e-latency", "SERVER t 5 0 10"),
           ("kafka-consumer-perf-test", "--bootstrap-server SERVER --topic t")]


def run(cluster, ours, tool, words):
    topic = "ours" if ours else "theirs"
    words = words.replace("SERVER", cluster.bootstrap).replace("TOPIC", topic).split()
    command = [BIN / tool] if ours else ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", clients.maven("apache"), CLASSES[tool]]
    done = subprocess.run(command + words, capture_output=True, text=True, timeout=200, check=False)
    out = "\n".join(shape(line) for line in done.stdout.splitlines())
    return f"{out.replace(topic, 'TOPIC')}\n{complaint(done.stderr)}[exit {done.returncode}]\n"


def shape(line):
    """A line without its times and rates."""
    if not line.startswith("{"):
        # How many records a poll brought is counted whole by Apache's.
        return re.sub(r"\d+(:\d+)*(\.\d+)?", "N", line) if not re.match(r"500 records sent", line) else "500 " + re.sub(r"[\d.]+", "N", line[4:])
    event = json.loads(line)
    for key in ["timestamp", "avg_throughput"] + (["count"] if event["name"] == "records_consumed" else []):
        event.pop(key, None)
    return re.sub('"[A-Z]{100}"', '"LETTERS"', json.dumps(event, sort_keys=True))


def complaint(err):
    """The sentence after the usage, which argparse4j breaks and justifies; or the first line."""
    said = [line for line in err.splitlines() if not re.match(r"log4j:|\[\d{4}-", line)]
    text = " ".join(err.split("error: ")[-1].split()) if "error: " in err else (said or [""])[0]
    return f"! {text}\n" if text else ""


def play(cluster, ours):
    admin_tools_against_apache.make(cluster, "ours" if ours else "theirs", "0")
    return [run(cluster, ours, tool, words) for tool, words in WRITERS + READERS + REFUSED]


def main():
    with Cluster(brokers=0) as cluster, concurrent.futures.ThreadPoolExecutor(2) as pool:
        cluster.brokers.append(ApacheBroker(Broker(cluster.directory / "broker", cluster.zookeeper, 0, PATIENT)))
        cluster.broker.start()
        theirs, ours = (future.result() for future in [pool.submit(play, cluster, kind) for kind in (False, True)])
    differ = 0
    for (tool, words), one, other in zip(WRITERS + READERS + REFUSED, theirs, ours, strict=True):
        if one != other:
            differ += 1
            print(f"--- Apache's {tool} {words}\n{one}+++ ours\n{other}")
    print(f"{len(ours)} command lines, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
