"""The records every client sends and must read back: one formula, written again in each client's language.

Record i of a topic goes to partition i % 3; its key, value, headers and timestamp follow from i alone, so whoever
reads partition p knows that its n-th record is record p + 3 n, and what it must hold, without being told.
All arithmetic is unsigned 32 bit.
"""
PARTITIONS = 3
BASE_TIME = 1_600_000_000_000
MASK = 0xFFFFFFFF


def _noise():
    """64 KiB of bytes from 128 to 255: none is a separator of a line or a shell."""
    out, x = bytearray(), 12345
    for _ in range(65536):
        x = (x * 1103515245 + 12345) & MASK
        out.append(128 | (x >> 16) & 127)
    return bytes(out)


NOISE = _noise()


def mix(i):
    h = ((i + 1) * 2654435761) & MASK
    h ^= h >> 15
    h = (h * 2246822519) & MASK
    return h ^ (h >> 13)


def size_of(h):
    """Nine in ten below 200 bytes, one in a hundred up to 20 KiB."""
    kind, r = h % 100, h >> 7
    return r % 200 if kind < 90 else r % 2000 if kind < 99 else r % 20480


def key_of(h):
    return None if h % 7 == 0 else b"k%d" % h


def value_of(h):  # a record without key has a value: some clients ask for one of the two
    start = (h >> 3) % 40000
    return None if h % 211 == 0 and h % 7 else NOISE[start:start + size_of(h)]


def headers_of(i, h):
    """None, one, two or three."""
    return [("h%d" % k, NOISE[(h >> k) % 40000:][:(h >> k) % 20]) for k in range(i % 4)]


def timestamp_of(i, h):
    """Not in order: the time index keeps the largest one, not the last one."""
    return BASE_TIME + 10 * i - h % 50


class Mismatch(Exception):
    pass


def check(what, i, got, wanted):
    if got != wanted:
        raise Mismatch(f"{what} of record {i}: got {str(got)[:200]}, wanted {str(wanted)[:200]}")


def count_in(partition, total):
    return (total - partition + PARTITIONS - 1) // PARTITIONS
