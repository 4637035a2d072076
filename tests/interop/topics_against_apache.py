"""kafka-topics and kafka-broker-api-versions of ours and of Apache's say the same about one cluster of ours."""
import subprocess
import sys

from apache_tools import ApacheTools
from harness import BIN, Cluster

CLASSES = {"kafka-topics": "org.apache.kafka.tools.TopicCommand",
           "kafka-broker-api-versions": "kafka.admin.BrokerApiVersionsCommand"}
# Made by one tool, seen by both: {} is the cluster's address.
MADE_BY_US = ["--create --topic ours --partitions 3 --config retention.ms=60000 --config cleanup.policy=compact",
              "--create --topic a_b --replica-assignment 0,0", "--alter --topic ours --partition 4"]
MADE_BY_APACHE = ["--create --topic theirs --partitions 2", "--alter --topic theirs --partitions 3"]
ASKED_OF_BOTH = ["--list", "--list --topic our.*,theirs", "--list --topic nope", "--describe --topic ours", "--describe --topic theirs",
                 "--describe --topic a_b", "--describe --topic ours --at-min-isr-partitions",
                 "--describe --topic ours --unavailable-partitions", "--describe --topic ours,theirs --topics-with-overrides",
                 "--describe --topic nope", "--create --topic ours", "--create --topic ours --if-not-exists",
                 "--create --topic x --replication-factor 4", "--create --topic x --config foo=bar",
                 "--create --topic x --config retention.ms=abc", "--create --topic a.b", "--alter --topic ours --partitions 4",
                 "--alter --topic ours --partitions 2", "--delete --topic nope", "--delete --topic nope --if-exists"]


def ours(tool, words):
    ran = subprocess.run([BIN / tool, *words.split()], capture_output=True, text=True, check=False)
    return f"{ran.stdout}[exit {ran.returncode}]\n"


def theirs_of(apache, tool, words):
    ran = apache.run(CLASSES[tool], words.split())
    return f"{ran.out}[exit {ran.code}]\n"


def compare(apache, tool, words):
    mine, theirs = ours(tool, words), theirs_of(apache, tool, words)
    if mine != theirs:
        print(f"--- {tool} {words}\n{theirs}+++ ours\n{mine}")
    return mine == theirs


def main():
    with Cluster() as cluster, ApacheTools() as apache:
        server = f"--bootstrap-server {cluster.bootstrap} "
        for words in MADE_BY_US:
            print(ours("kafka-topics", server + words), end="")
        for words in MADE_BY_APACHE:
            print(theirs_of(apache, "kafka-topics", server + words), end="")
        good = [compare(apache, "kafka-topics", server + words) for words in ASKED_OF_BOTH]
        good.append(compare(apache, "kafka-broker-api-versions", server))
    print(f"{len(good)} command lines, {good.count(False)} differ")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
