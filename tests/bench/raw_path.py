"""How much more CPU a broker spends per GB than the raw path: receive, CRC-32C, write; and sendfile.

The broker and bench_raw_path get the same bytes from the same client (bench_frames): librdkafka's 1 MB batches, and
answers of 1 MiB. They take turns within each round, on the same file system and in the same state of memory, since a
page cache that grows into memory the host has taken back costs up to four times as much: `warm` touches memory and
gives it back just before, `cold` waits until the host has taken back what the last turn freed. Their files go after
each turn, so nobody meets the other's writeback. The broker also gets the load of librdkafka itself, for comparison.
"""
import contextlib
import statistics
import subprocess
import time

import harness
import measure

SIZES = (100, 1024, 10240)
BATCH_BYTES = 1_000_000
SLICE_BYTES = 1 << 20
TURN_BYTES = 1_000_000_000
WARM_BYTES = 3 << 30
COLD_SECONDS = 5
LIBRDKAFKA_SECONDS = 1.0
KAFKAS_BUFFER = 102_400  # socket.send.buffer.bytes and socket.receive.buffer.bytes, in the broker too
RAW_PATHS = {"raw": KAFKAS_BUFFER, "raw, kernel's buffers": 0}  # SO_RCVBUF and SO_SNDBUF; 0: the kernel's


class Comparison:
    def __init__(self, build, state):
        self.bin = build / "bin"
        self.state = state
        self.costs = {}  # (size, produce or consume, who): CPU s/GB, one per round
        self.topics = 0

    def run(self, rounds):
        properties = {"log.segment.bytes": str(128 << 20), "log.segment.delete.delay.ms": "0"}
        with harness.Cluster(properties=properties) as cluster:
            for _ in range(rounds):
                for size in SIZES:
                    for name, buffer in RAW_PATHS.items():
                        self.raw_turn(cluster.directory / "raw", size, name, buffer)
                    self.frames_turn(cluster.broker, size)
                    self.librdkafka_turn(cluster.broker, size)

    def raw_turn(self, file, size, name, buffer):
        command = [self.bin / "bench_raw_path", "serve", file, str(buffer), str(SLICE_BYTES)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                self.produce_and_fetch(server.pid, int(server.stdout.readline()), "any", size, name)
            finally:
                server.kill()
        file.unlink()

    def frames_turn(self, broker, size):
        with self.topic(broker) as topic:
            self.produce_and_fetch(broker.process.pid, broker.port, topic, size, "broker")

    def produce_and_fetch(self, pid, port, topic, size, who):
        self.prepare_memory()
        frames = (self.bin / "bench_frames", port)
        batches = (topic, size, BATCH_BYTES, TURN_BYTES)
        self.note(size, "produce", who, measure.charged(pid, *frames, "produce", *batches))
        self.note(size, "consume", who, measure.charged(pid, *frames, "fetch", *batches, SLICE_BYTES))

    def librdkafka_turn(self, broker, size):
        load = (self.bin / "bench_load", broker.bootstrap)
        pid = broker.process.pid
        with self.topic(broker) as topic:
            self.prepare_memory()
            written = measure.charged(pid, *load, "produce", topic, size, LIBRDKAFKA_SECONDS, "1")
            self.note(size, "produce", "broker, librdkafka", written)
            read = measure.charged(pid, *load, "consume", topic, int(written["records"]))
            self.note(size, "consume", "broker, librdkafka", read)

    @contextlib.contextmanager
    def topic(self, broker):
        self.topics += 1
        name = f"raw-{self.topics}"
        topics = [self.bin / "kafka-topics", "--bootstrap-server", broker.bootstrap, "--topic", name]
        subprocess.run([*topics, "--create"], check=True, stdout=subprocess.DEVNULL)
        yield name
        subprocess.run([*topics, "--delete"], check=True, stdout=subprocess.DEVNULL)
        harness.wait_until("the topic's removal", lambda: not list(broker.data.glob(name + "-*")))

    def prepare_memory(self):
        if self.state == "cold":
            time.sleep(COLD_SECONDS)
        else:
            subprocess.run([self.bin / "bench_raw_path", "warm", str(WARM_BYTES)], check=True)

    def note(self, size, what, who, result):
        self.costs.setdefault((size, what, who), []).append(result["cpu"] / (result["bytes"] / 1e9))

    def print(self):
        print(f"CPU s/GB beside the raw path, {self.state} memory; medians (and ranges)")
        whos = list(RAW_PATHS) + ["broker", "broker, librdkafka"]
        print(f"{'':18}" + "".join(f"{who:>24}" for who in whos) + f"{'broker/raw':>12}{'/best raw':>11}")
        for what in ("produce", "consume"):
            for size in SIZES:
                medians = {who: statistics.median(self.costs[size, what, who]) for who in whos}
                row = "".join(f"{self.cell(size, what, who):>24}" for who in whos)
                best = min(medians[name] for name in RAW_PATHS)
                print(f"{what} {size} B".ljust(18) + row +
                      f"{medians['broker'] / medians['raw']:12.2f}{medians['broker'] / best:11.2f}")

    def cell(self, size, what, who):
        costs = self.costs[size, what, who]
        return f"{statistics.median(costs):.2f} ({min(costs):.2f}..{max(costs):.2f})"


def report(build, rounds):
    for state, count in (("warm", rounds), ("cold", (rounds + 1) // 2)):
        comparison = Comparison(build, state)
        comparison.run(count)
        comparison.print()
