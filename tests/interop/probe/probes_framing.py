"""What is no request at all, requests with a bad header or body, the order of answers, unknown keys and versions."""
import struct
import time

from cluster import ask, cluster, probe, topic
from errors import error
from messages import Fetch, metadata
from wire import Reader, Writer, flexible, frame, header

FRAMING = "Connection and framing"
UNKNOWN = "Unknown keys and versions"


def body(reader):
    return "body=" + reader.rest().hex()


def raw(name, data):
    @probe(FRAMING, name)
    def _(connection):
        connection.wait(2)
        connection.send_raw(data)
        return f"answer of {len(connection.receive_frame())}B"


def length(name, value):
    raw(f"frame length {name}", struct.pack(">i", value))


def request(name, key, version, data=b"", header_version=1):
    raw(name, frame(header(key, version, header_version=header_version) + data))


VERSIONS_V0 = b"\0\x12\0\0\0\0\0\7"
VERSIONS_V3 = Writer().i16(18).i16(3).i32(7).string("p")

length("0", 0)
raw("frame length 1, one byte", frame(b"\0"))
raw("frame length 7 (header cut)", frame(VERSIONS_V0[:7]))
raw("frame length 8: key, version, correlation id only (ApiVersions v0 without client id)", frame(VERSIONS_V0))
length("-1", -1)
length("-2147483648", -2147483648)
length("104857600 (= socket.request.max.bytes), nothing more sent", 104857600)
length("104857601", 104857601)
length("2147483647", 2147483647)
raw("HTTP GET", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
raw("TLS ClientHello (starts 16 03 01)", bytes.fromhex("16030100a5010000a10303") + bytes(160))
raw("SSH banner", b"SSH-2.0-OpenSSH_9.2\r\n")
raw("64 bytes of 0xff", b"\xff" * 64)
raw("20-byte frame of 0xff", frame(b"\xff" * 20))
raw("20-byte frame of 0x00 (Produce v0, empty client id)", frame(bytes(20)))
raw('ZooKeeper "ruok"', b"ruok")
raw("ApiVersions v0, null client id", frame(header(18, 0, client=None)))
raw("ApiVersions v0, empty client id", frame(header(18, 0, client="")))
raw("ApiVersions v0, client id of 30000 bytes", frame(header(18, 0, client="x" * 30000)))
raw("ApiVersions v0, client id length beyond the frame", frame(VERSIONS_V0 + struct.pack(">h", 500) + b"abc"))
raw("ApiVersions v0, client id length -2", frame(VERSIONS_V0 + struct.pack(">h", -2)))
raw("ApiVersions v0, client id not UTF-8", frame(VERSIONS_V0 + struct.pack(">h", 3) + b"\xff\xfe\xfd"))
request("ApiVersions v0, 100 trailing bytes", 18, 0, b"z" * 100)
raw("ApiVersions v3, unknown tagged fields in header and body", frame(
    bytes(VERSIONS_V3.bytes) + b"\1\x63\2ab" + b"\2n\x021" + b"\1\x09\1x"))
raw("ApiVersions v3, tagged field longer than the frame", frame(
    bytes(VERSIONS_V3.bytes) + bytes(Writer().varint(1).varint(99).varint(200).raw(b"ab").bytes)))
request("Metadata v1, body missing", 3, 1)
request("Metadata v1, array count 2 but one name", 3, 1, struct.pack(">ih", 2, 1) + b"a")
request("Metadata v1, array count 2147483647", 3, 1, struct.pack(">i", 2147483647))
request("Metadata v1, array count -2", 3, 1, struct.pack(">i", -2))
request("Metadata v1, null topic name inside the array", 3, 1, struct.pack(">ih", 1, -1))
request("Metadata v9, varint that never ends", 3, 9, b"\xff" * 12, header_version=2)
request("Metadata v0, 10 trailing bytes", 3, 0, struct.pack(">i", 0) + b"0123456789")
request("Metadata v9 (flexible) sent with header v1", 3, 9, bytes(metadata([], False, 9).bytes))


def _two_answers(connection):
    return Reader(connection.receive_frame()).i32(), Reader(connection.receive_frame()).i32()


@probe(FRAMING, "two pipelined requests: order of answers")
def _(connection):
    first = connection.send(3, 0, metadata([topic("a")], version=0))
    second = connection.send(18, 0)
    return "in order" if _two_answers(connection) == (first, second) else "out of order"


@probe(FRAMING, "slow fetch (wait 700 ms) then ApiVersions pipelined: order", "leader:one")
def _(connection):
    first = connection.send(1, 11, Fetch(topic("one"), wait=700, min_bytes=1).body(11))
    second = connection.send(18, 0)
    begin = time.monotonic()
    order = "in order" if _two_answers(connection) == (first, second) else "out of order"
    return f"{order}, first after {'>=600' if time.monotonic() - begin > 0.6 else '<600'} ms"


@probe(FRAMING, "request split into single bytes, 5 ms apart")
def _(connection):
    for byte in frame(header(18, 0)):
        connection.send_raw(bytes([byte]))
        time.sleep(0.005)
    return f"answer of {len(connection.receive_frame())}B"


ask(FRAMING, "SaslHandshake v1 PLAIN on a PLAINTEXT listener", 17, 1, Writer().string("PLAIN"),
    lambda reader: f"{error(reader.i16())} mechanisms={reader.array(reader.string)}")
ask(FRAMING, "SaslAuthenticate v1 on a PLAINTEXT listener", 36, 1, Writer().blob(b"\0u\0p"),
    lambda reader: f"{error(reader.i16())} msg={reader.string()!r}")
ask(FRAMING, "Envelope v0", 58, 0, Writer().c_bytes(b"abcd").c_bytes(b"ef").c_bytes(b"\x7f\0\0\1").tags(), body)


def unknown(name, key, version, header_version=1, data=b""):
    @probe(UNKNOWN, name)
    def _(connection):
        connection.wait(2)
        connection.send(key, version, data, header_version)
        reader = Reader(connection.receive_frame())
        reader.i32()
        return body(reader)


for k in (-1, 52, 53, 54, 55, 59, 62, 63, 64, 70, 71, 72, 73, 74, 75, 76, 80, 87, 88, 999, 32767):
    unknown(f"api key {k} v0", k, 0)
for k, v in ((0, 12), (1, 18), (2, 10), (3, 13), (8, 10), (10, 7), (11, 10), (19, 8), (22, 6), (4, 8), (6, 9), (58, 1),
             (3, -1), (0, -1), (17, 2), (32, 5), (69, 1)):
    unknown(f"key {k} version {v} (one past the range or negative)", k, v, 2 if flexible(k, v) else 1)


def _software(name):
    return bytes(Writer().c_string(name).c_string("1").tags().bytes)


unknown("ApiVersions v5, v3-style header and body", 18, 5, 2, _software("p"))
unknown("ApiVersions v5, header v1, no body", 18, 5)
unknown("ApiVersions v-1, header v1", 18, -1)
unknown('ApiVersions v3, software name "a b"', 18, 3, 2, _software("a b"))
ask(UNKNOWN, "ConsumerGroupHeartbeat v0", 68, 0, Writer().c_string("g").c_string("").i32(0).c_string(None)
    .c_string(None).i32(1000).varint(0).c_string(None).varint(0).tags(), body)
ask(UNKNOWN, "ConsumerGroupDescribe v0", 69, 0, Writer().varint(2).c_string("g").boolean(False).tags(), body)
