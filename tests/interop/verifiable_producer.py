"""Apache's VerifiableProducer, and what it says."""
import collections
import json
import subprocess
import threading
import time

import clients
from harness import wait_until

IDEMPOTENT = {"enable.idempotence": "true", "retries": str((1 << 31) - 1)}


class VerifiableProducer(threading.Thread):
    """Writes with acks=-1, so many a second; its value n is "PREFIX.n". What it says is kept: (partition, offset, n) of each
    acknowledgement.

    Not librdkafka's: told the new leader, the old one and the new one again in quick succession, as two brokers' metadata
    may for a moment, a producer of 2.0.2 asks the old one for ever."""

    def __init__(self, cluster, topic, prefix, per_second, properties, *options):
        super().__init__(daemon=True)
        self.prefix = prefix
        self.acknowledged = []
        self.refused = collections.Counter()
        self.last = time.monotonic()
        self.longest_gap = 0
        config = cluster.directory / f"producer{prefix}.properties"
        config.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
        self.complaints = open(cluster.directory / f"producer{prefix}.log", "wb")
        self.process = subprocess.Popen(
            ["java", "-Xmx192m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", clients.maven("apache"),
             "org.apache.kafka.tools.VerifiableProducer", "--bootstrap-server", cluster.bootstrap, "--topic", topic,
             "--acks", "-1", "--throughput", str(per_second), "--value-prefix", str(prefix), "--producer.config", config,
             *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.complaints)

    def run(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["name"] == "producer_send_success":
                self._acknowledged(event)
            elif event["name"] == "producer_send_error":
                self.refused[event["exception"]] += 1

    def _acknowledged(self, event):
        now = time.monotonic()
        if self.acknowledged:
            self.longest_gap = max(self.longest_gap, now - self.last)
        self.last = now
        self.acknowledged.append((event["partition"], event["offset"], int(event["value"].split(".")[1])))

    def goes_on(self):
        had = len(self.acknowledged)
        wait_until(f"progress of producer {self.prefix}", lambda: len(self.acknowledged) > had + 50)

    def end(self):
        self.process.terminate()
        self.process.wait(120)
        self.join()
        self.complaints.close()
