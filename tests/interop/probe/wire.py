"""Kafka's primitive types, frames and one raw connection. Knows no message."""
import socket
import struct

# The first version of each request whose header and body are flexible; a key that is not here never is.
FLEXIBLE_FROM = {
    0: 9, 1: 12, 2: 6, 3: 9, 4: 4, 5: 2, 6: 6, 7: 3, 8: 8, 9: 6, 10: 3, 11: 6, 12: 4, 13: 4, 14:
    4, 15: 5, 16: 3, 17: None, 18: 3, 19: 5, 20: 4, 21: 2, 22: 2, 23: 4, 24: 3, 25: 3, 26: 3, 27:
    1, 28: 3, 29: 2, 30: 2, 31: 2, 32: 4, 33: 2, 34: 2, 35: 2, 36: 2, 37: 2, 38: 2, 39: 2, 40: 2,
    41: 2, 42: 2, 43: 2, 44: 1, 45: 0, 46: 0, 47: None, 48: 1, 49: 1, 50: 0, 51: 0, 56: 0, 57: 0,
    58: 0, 60: 0, 61: 0, 65: 0, 66: 0, 67: 0, 68: 0, 69: 0,
}


def flexible(key, version):
    first = FLEXIBLE_FROM.get(key)
    return first is not None and version >= first


class Writer:
    """Appends; every call returns the writer. c_* are the compact forms of flexible versions."""

    def __init__(self):
        self.bytes = bytearray()

    def raw(self, data):
        self.bytes += data
        return self

    def _pack(self, format, value):
        return self.raw(struct.pack(">" + format, value))

    def i8(self, value):
        return self._pack("b", value)

    def i16(self, value):
        return self._pack("h", value)

    def i32(self, value):
        return self._pack("i", value)

    def i64(self, value):
        return self._pack("q", value)

    def boolean(self, value):
        return self.i8(1 if value else 0)

    def varint(self, value):
        while value > 127:
            self.bytes.append(value & 127 | 128)
            value >>= 7
        self.bytes.append(value)
        return self

    def string(self, value):
        if value is None:
            return self.i16(-1)
        value = value if isinstance(value, bytes) else value.encode()
        return self.i16(len(value)).raw(value)

    def c_string(self, value):
        return self.c_bytes(value.encode() if isinstance(value, str) else value)

    def blob(self, value):
        return self.i32(-1) if value is None else self.i32(len(value)).raw(value)

    def c_bytes(self, value):
        return self.varint(0) if value is None else self.varint(len(value) + 1).raw(value)

    def array(self, values, write):
        self.i32(-1 if values is None else len(values))
        for value in values or ():
            write(value)
        return self

    def c_array(self, values, write):
        self.varint(0 if values is None else len(values) + 1)
        for value in values or ():
            write(value)
        return self

    def tags(self):
        """No tagged fields."""
        return self.varint(0)


class Reader:
    """Reads what Writer writes; EOFError beyond the end."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def _unpack(self, format):
        size = struct.calcsize(">" + format)
        if self.at + size > len(self.data):
            raise EOFError("short answer")
        self.at += size
        return struct.unpack_from(">" + format, self.data, self.at - size)[0]

    def i8(self):
        return self._unpack("b")

    def i16(self):
        return self._unpack("h")

    def i32(self):
        return self._unpack("i")

    def i64(self):
        return self._unpack("q")

    def varint(self):
        value = shift = 0
        while True:
            byte = self._unpack("B")
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def take(self, size):
        self.at += size
        return bytes(self.data[self.at - size:self.at])

    def string(self):
        size = self.i16()
        return None if size < 0 else self.take(size).decode("utf-8", "replace")

    def c_string(self):
        size = self.varint()
        return None if size == 0 else self.take(size - 1).decode("utf-8", "replace")

    def blob(self):
        size = self.i32()
        return None if size < 0 else self.take(size)

    def c_bytes(self):
        size = self.varint()
        return None if size == 0 else self.take(size - 1)

    def array(self, read):
        count = self.i32()
        return None if count < 0 else [read() for _ in range(count)]

    def c_array(self, read):
        count = self.varint()
        return None if count == 0 else [read() for _ in range(count - 1)]

    def tags(self):
        found = {}
        for _ in range(self.varint()):
            tag = self.varint()
            found[tag] = self.take(self.varint())
        return found

    def rest(self):
        return self.data[self.at:]


class Closed(Exception):
    pass


class Silent(Exception):
    pass


def frame(data):
    return struct.pack(">i", len(data)) + data


def header(key, version, correlation=7, client="probe", header_version=1):
    writer = Writer().i16(key).i16(version).i32(correlation)
    if header_version >= 1:
        writer.string(client)
    if header_version >= 2:
        writer.tags()
    return bytes(writer.bytes)


class Connection:
    """One raw connection; call() answers with a Reader placed on the response's body."""

    correlation = 0

    def __init__(self, address, timeout=4.0):
        self.socket = socket.create_connection(address, 5)
        self.socket.settimeout(timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def wait(self, seconds):
        self.socket.settimeout(seconds)

    def send_raw(self, data):
        try:
            self.socket.sendall(data)
        except ConnectionError:
            raise Closed() from None

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            try:
                more = self.socket.recv(size - len(data))
            except TimeoutError:
                raise Silent() from None
            except ConnectionError:
                raise Closed() from None
            if not more:
                raise Closed()
            data += more
        return data

    def receive_frame(self):
        return self._exactly(struct.unpack(">i", self._exactly(4))[0])

    def send(self, key, version, body=b"", header_version=None):
        """Sends a request; its correlation id."""
        Connection.correlation += 1
        if header_version is None:
            header_version = 2 if flexible(key, version) else 1
        data = bytes(body.bytes if isinstance(body, Writer) else body)
        self.send_raw(frame(header(key, version, Connection.correlation, "probe", header_version) + data))
        return Connection.correlation

    def receive(self, key, version):
        reader = Reader(self.receive_frame())
        reader.i32()
        if key != 18 and flexible(key, version):
            reader.tags()
        return reader

    def call(self, key, version, body=b""):
        self.send(key, version, body)
        return self.receive(key, version)

    def state(self):
        """What an ApiVersions v0 request finds: open, closed, or open but silent."""
        try:
            self.wait(3)
            self.send(18, 0)
            self.receive(18, 0)
            return "open"
        except (Closed, OSError):
            return "closed"
        except Silent:
            return "open, silent"
