"""A ZooKeeper and brokers of ours on loopback, for tests that drive real clients.

    with Cluster(properties={"num.partitions": "3"}) as cluster:
        cluster.bootstrap          "127.0.0.1:PORT"
        cluster.broker.kill()      kill -9; .stop() SIGTERM; .start() again on the same directory

Ports are below 32768, everything dies by pid, directories go when the test passed (unless BARNABAS_KEEP is set).
The programs come from BARNABAS_BIN (build/bin), set by ctest.
"""
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("BARNABAS_BIN", ROOT / "build" / "bin"))
START_SECONDS = 60
PORTS = os.environ.get("BARNABAS_PORTS", "20000-31999")


def free_port():
    first, last = map(int, PORTS.split("-"))
    for _ in range(1000):
        port = random.SystemRandom().randint(first, last)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError(f"no free port in {PORTS}")


def wait_until(what, condition, seconds=START_SECONDS, pause=0.02):
    """Polls; the deadline only ends a test that has failed anyway."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(pause)


class ZooKeeper:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"

    def start(self):
        subprocess.run([ROOT / "tools/zookeeper-local", "start", self.directory, str(self.port)], check=True)

    def stop(self):
        subprocess.run([ROOT / "tools/zookeeper-local", "stop", self.directory], check=True)


def free_ports_for_a_quorum():
    """The first of three in a row for clients, with the six that the servers keep for themselves."""
    while True:
        first = free_port()
        try:
            for port in [first, first + 1, first + 2, *range(first + 707, first + 713)]:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue


def has_ended(pid):
    """Also when its parent, which is not us, has not noticed yet."""
    try:
        return ") Z " in pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


class Quorum:
    """Three ZooKeeper servers, numbered from 1."""

    def __init__(self, directory):
        self.directory = str(directory)
        self.port = free_ports_for_a_quorum()
        self.address = ",".join(f"127.0.0.1:{self.port + k}" for k in range(3))

    def start(self):
        """Starts all that are not there; returns when each of them serves."""
        subprocess.run([ROOT / "tools/zookeeper-local", "start-quorum", self.directory, str(self.port)], check=True)

    def kill(self, server):
        pid = int(pathlib.Path(f"{self.directory}{server}", "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        wait_until("the server's end", lambda: has_ended(pid))

    def stop(self):
        for server in (1, 2, 3):
            subprocess.run([ROOT / "tools/zookeeper-local", "stop", f"{self.directory}{server}"], check=True)


# For brokers that nobody kills: a machine with too much to do does not end their sessions.
PATIENT = {"zookeeper.session.timeout.ms": "18000"}


class Broker:
    """One broker process; `id`, `port`, `data` (its log directory) and `log` (its output) stay over restarts."""

    def __init__(self, directory, zookeeper, broker_id=0, properties=None):
        self.id = broker_id
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.data = self.directory / "data"
        self.log = self.directory / "broker.log"
        self.port = free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.process = None
        self.properties = {
            "broker.id": str(broker_id),
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "log.dirs": str(self.data),
            "zookeeper.connect": zookeeper.address,
            "zookeeper.session.timeout.ms": "3000",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
        } | (properties or {})

    def write_properties(self):
        path = self.directory / "server.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in self.properties.items()))
        return path

    def command(self):
        return [BIN / "kafka-server-start", self.write_properties()]

    def launch(self):
        """Starts the process and no more; where its output begins in `log`."""
        begin = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(self.command(), stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        return begin

    def start(self):
        begin = self.launch()
        started = f"[KafkaServer id={self.id}] started"

        def ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"the broker ended with {self.process.returncode}:\n{self.text(begin)[-2000:]}")
            return started in self.text(begin)
        wait_until("the broker's start", ready)
        return self

    def text(self, begin=0):
        with open(self.log, "rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace")

    def stop(self):
        """SIGTERM; its exit code."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(START_SECONDS) if self.process else None

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(START_SECONDS)

    def memory_kib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise RuntimeError("no VmRSS")


class Cluster:
    """A ZooKeeper (or a `Quorum`) and one broker (`broker`), or several (`brokers`); `properties` may be a function of the id."""

    def __init__(self, brokers=1, properties=None, first_id=0, zookeeper=ZooKeeper):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="barnabas-"))
        self.zookeeper = zookeeper(self.directory / "zookeeper")
        self.brokers = []
        self._ids = range(first_id, first_id + brokers)
        self._properties = properties

    def __enter__(self):
        try:
            self.zookeeper.start()
            for i in self._ids:
                properties = self._properties(i) if callable(self._properties) else self._properties
                self.brokers.append(Broker(self.directory / f"broker{i}", self.zookeeper, i, properties))
                self.brokers[-1].start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    @property
    def broker(self):
        return self.brokers[0]

    @property
    def bootstrap(self):
        return ",".join(broker.bootstrap for broker in self.brokers)

    def __exit__(self, kind, value, trace):
        for broker in self.brokers:
            broker.kill()
        self.zookeeper.stop()
        if kind is None and not os.environ.get("BARNABAS_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)
        else:
            print(f"kept for inspection: {self.directory}")
