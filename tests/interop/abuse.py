"""What does not speak Kafka costs one log line each and no memory, and disturbs nobody; ten thousand idle clients
are cheap.

Figures are printed; memory is held to its bounds, the time to start is not.
"""
import pathlib
import random
import resource
import socket
import struct
import subprocess
import sys
import time

import harness
from harness import Cluster, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "probe"))
from wire import Closed, Connection, frame, header  # noqa: E402

IDLE_CONNECTIONS = 10_000
MAX_IDLE_BROKER_KIB = 30 * 1024
MAX_KIB_PER_CONNECTION = 8
MAX_GROWTH_KIB = 4 * 1024     # over hundreds of bad peers
ROUNDS = 10
RANDOM_PEERS = 50             # in each round
IDLE_MS = 2000

BAD_LENGTH = "invalid request length "
LEFT = "the peer left after "
IDLE = "idle for "

# name, what is sent, what the one log line must say
BAD_INPUTS = (
    ("an HTTP request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", BAD_LENGTH + "1195725856 (an HTTP request"),
    ("a TLS hello", bytes.fromhex("16030100a5010000a10303") + bytes(160), BAD_LENGTH + "369295616 (a TLS handshake"),
    ("an SSH client", b"SSH-2.0-OpenSSH_9.2\r\n", BAD_LENGTH + "1397966893 (an SSH client"),
    ("a frame of 2 GiB", struct.pack(">i", 2147483647) + b"x" * 100, BAD_LENGTH + "2147483647"),
    ("a negative length", struct.pack(">i", -1), BAD_LENGTH + "-1"),
    ("an empty frame", frame(b""), "malformed request header"),
    ("a cut header", frame(b"\0\x12\0\0\0\0\0"), "malformed request header"),
    ("an unknown API", frame(header(999, 0)), "malformed request header"),
    ("an API that is not served", frame(header(58, 0, header_version=2)), "unsupported request: Envelope"),
    ("a body that is too short", frame(header(3, 1)), "malformed"),
    ("an array of 2 Gi topics", frame(header(3, 1) + struct.pack(">i", 2147483647)), "malformed"),
    ("half a frame, then gone", frame(header(18, 0))[:7], LEFT + "7 bytes"),
    ("half a large frame, then gone", struct.pack(">i", 104857600) + b"x" * 5000, LEFT + "5004 bytes"),
)


class Peer:
    """A socket and the log line that is about it."""

    def __init__(self, broker, data):
        self.broker = broker
        self.socket = socket.create_connection(("127.0.0.1", broker.port), 10)
        self.name = "from 127.0.0.1:%d on listener PLAINTEXT: " % self.socket.getsockname()[1]
        self.socket.sendall(data)

    def leave(self):
        """Says that nothing more comes, and waits for the broker to hang up."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass   # the broker was first, with bytes of ours unread
        self.socket.close()

    def lines(self, text):
        return [line for line in text.splitlines() if self.name in line]


def expect_one_line(peers, text):
    for what, peer, wanted in peers:
        lines = peer.lines(text)
        assert len(lines) == 1, f"{what}: {len(lines)} log lines: {lines}"
        assert wanted in lines[0], f"{what}: {lines[0]}"


def bad_round(broker, bystander, seed):
    begin = broker.log.stat().st_size
    peers = []
    generator = random.Random(seed)
    inputs = list(BAD_INPUTS)
    inputs += [("random bytes", generator.randbytes(generator.randrange(8, 9000)), "Closing connection")
               for _ in range(RANDOM_PEERS)]
    for what, data, wanted in inputs:
        peer = Peer(broker, data)
        peer.leave()
        peers.append((what, peer, wanted))
        bystander.call(18, 0)
    expect_one_line(peers, broker.text(begin))


def bad_peers(broker):
    with Connection(("127.0.0.1", broker.port)) as bystander:
        bad_round(broker, bystander, 0)
        before = broker.memory_kib()
        for seed in range(1, ROUNDS):
            bad_round(broker, bystander, seed)
        grown = broker.memory_kib() - before
    peers = (ROUNDS - 1) * (len(BAD_INPUTS) + RANDOM_PEERS)
    print(f"{peers} bad peers: memory {before} KiB, {grown:+} KiB")
    assert grown < MAX_GROWTH_KIB


def silent_peers(broker):
    """Half a frame and nothing at all: each is shown the door after connections.max.idle.ms, whoever talks stays."""
    begin = broker.log.stat().st_size
    before = broker.memory_kib()
    large = struct.pack(">i", 104857600) + b"x" * 1000
    peers = [("silence", Peer(broker, b""), IDLE) for _ in range(20)]
    peers += [("half a frame", Peer(broker, frame(header(18, 0))[:7]), "7 bytes of a request") for _ in range(20)]
    peers += [("half a frame of 100 MiB", Peer(broker, large), "1004 bytes of a request") for _ in range(200)]
    with Connection(("127.0.0.1", broker.port)) as bystander:
        bystander.call(18, 0)
        grown = broker.memory_kib() - before

        def all_gone():
            bystander.call(18, 0)
            return broker.text(begin).count(IDLE) >= len(peers)
        wait_until("the end of the silent peers", all_gone)
        assert bystander.state() == "open"
    for _, peer, _ in peers:
        peer.leave()
    expect_one_line(peers, broker.text(begin))
    print(f"{len(peers)} silent peers: {grown:+} KiB while they stayed")
    assert grown < MAX_GROWTH_KIB


def idle_connections(broker):
    """Each asks once and then says nothing more."""
    before = broker.memory_kib()
    connections = []
    for _ in range(IDLE_CONNECTIONS):
        connections.append(Connection(("127.0.0.1", broker.port)))
        connections[-1].call(18, 0)
    each = (broker.memory_kib() - before) / IDLE_CONNECTIONS
    print(f"{IDLE_CONNECTIONS} idle connections: {each:.2f} KiB each, {broker.memory_kib()} KiB in all")
    assert each < MAX_KIB_PER_CONNECTION
    assert connections[0].state() == connections[-1].state() == "open"
    for connection in connections:
        connection.socket.close()


def time_to_start(cluster):
    """From exec to the first answer, ZooKeeper being there and the directory empty."""
    times = []
    for i in range(5):
        broker = harness.Broker(cluster.directory / f"start{i}", cluster.zookeeper, 10 + i)
        properties = broker.write_properties()
        with open(broker.log, "wb") as log:
            begin = time.monotonic()
            broker.process = subprocess.Popen([harness.BIN / "kafka-server-start", properties],
                                              stdout=log, stderr=log, stdin=subprocess.DEVNULL)

        def answers():
            try:
                with Connection(("127.0.0.1", broker.port)) as connection:
                    connection.call(18, 0)
                return True
            except (OSError, Closed):
                return False
        while not answers():
            assert broker.process.poll() is None, broker.text()
        times.append((time.monotonic() - begin) * 1000)
        broker.stop()
    print("start to first byte served:", ", ".join(f"{ms:.0f}" for ms in sorted(times)), "ms")


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Cluster(properties={"connections.max.idle.ms": str(IDLE_MS)}) as cluster:
        idle = cluster.broker.memory_kib()
        print(f"idle broker: {idle} KiB")
        assert idle < MAX_IDLE_BROKER_KIB
        silent_peers(cluster.broker)
    with Cluster() as cluster:   # nobody is closed for being slow here
        bad_peers(cluster.broker)
        idle_connections(cluster.broker)
        time_to_start(cluster)


if __name__ == "__main__":
    main()
