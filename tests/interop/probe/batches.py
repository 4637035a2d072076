"""Record batches and older message sets with any field wrong that a probe wants wrong."""
import gzip
import struct
import time
import zlib

from wire import Writer


def now():
    return int(time.time() * 1000)


def _table():
    table = []
    for entry in range(256):
        for _ in range(8):
            entry = entry >> 1 ^ 0x82F63B78 if entry & 1 else entry >> 1
        table.append(entry)
    return table


_CRC32C = _table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC32C[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def zigzag(value):
    return bytes(Writer().varint((value << 1 ^ value >> 63) & 0xFFFFFFFFFFFFFFFF).bytes)


def sized(data):
    return zigzag(-1) if data is None else zigzag(len(data)) + data


def record(delta, key, value, timestamp_delta=0, headers=(), attributes=0):
    body = bytes([attributes]) + zigzag(timestamp_delta) + zigzag(delta) + sized(key) + sized(value)
    body += zigzag(len(headers)) + b"".join(sized(name) + sized(content) for name, content in headers)
    return sized(body)


def _snappy(data):
    """One literal inside the framing that Java's snappy writes; up to 60 bytes."""
    block = bytes(Writer().varint(len(data)).bytes) + bytes([(len(data) - 1) << 2]) + data
    return bytes.fromhex("82534e41505059000000000100000001") + struct.pack(">i", len(block)) + block


def _lz4(data):
    """A frame of one stored block."""
    return bytes.fromhex("04224d18604082") + struct.pack("<I", len(data) | 0x80000000) + data + bytes(4)


def _zstd(data):
    """A frame of one raw block."""
    return bytes.fromhex("28b52ffd20") + bytes([len(data)]) + struct.pack("<I", 1 | len(data) << 3)[:3] + data


GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
_COMPRESS = {GZIP: gzip.compress, SNAPPY: _snappy, LZ4: _lz4, ZSTD: _zstd}


def batch(values=(b"v",), keys=None, codec=0, attributes=0, base=0, leader_epoch=-1, magic=2,
          producer=-1, epoch=-1, sequence=-1, count=None, crc=None, last=None, timestamp=None,
          max_timestamp=None, length=None, headers=(), payload=None, timestamp_deltas=None, deltas=None):
    timestamp = now() if timestamp is None else timestamp
    records = b"".join(
        record(deltas[i] if deltas else i, keys[i] if keys else None, value,
               timestamp_deltas[i] if timestamp_deltas else 0, headers)
        for i, value in enumerate(values))
    body = payload if payload is not None else _COMPRESS.get(codec, bytes)(records)
    tail = struct.pack(">hiqqqhii", attributes | codec, len(values) - 1 if last is None else last, timestamp,
                       timestamp if max_timestamp is None else max_timestamp, producer, epoch, sequence,
                       len(values) if count is None else count) + body
    return struct.pack(">qiibI", base, len(tail) + 9 if length is None else length, leader_epoch, magic,
                       crc32c(tail) if crc is None else crc) + tail


def legacy(magic=1, bad_crc=False):
    """A message set of one message, as before record batches."""
    body = struct.pack(">bb", magic, 0) + (struct.pack(">q", now()) if magic == 1 else b"")
    body += struct.pack(">i", -1) + struct.pack(">i", 1) + b"v"
    message = struct.pack(">I", zlib.crc32(body) ^ (1 if bad_crc else 0)) + body
    return struct.pack(">qi", 0, len(message)) + message
