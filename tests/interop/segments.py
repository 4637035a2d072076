"""Reads log directories from outside: batch boundaries of segments, and checkpoints."""
import dataclasses
import struct

HEAD = struct.Struct(">qi")  # base offset, length of the rest
LAST_OFFSET_DELTA = struct.Struct(">i")
LAST_OFFSET_DELTA_AT = 23


@dataclasses.dataclass
class Segment:
    path: object
    base: int
    data: bytes
    boundaries: list      # where each whole batch begins, and where the last one ends
    next_offset: int

    @property
    def whole(self):
        return self.boundaries[-1]

    def last_batch(self):
        return self.data[self.boundaries[-2]:self.whole] if len(self.boundaries) > 1 else b""


def read_segment(path):
    data, boundaries, offset = path.read_bytes(), [0], int(path.stem)
    while boundaries[-1] + HEAD.size <= len(data):
        at = boundaries[-1]
        base, length = HEAD.unpack_from(data, at)
        if at + HEAD.size + length > len(data) or length < 49:
            break
        if base != offset:
            raise ValueError(f"{path}: at {at} a batch of offset {base}, expected {offset}")
        offset = base + LAST_OFFSET_DELTA.unpack_from(data, at + LAST_OFFSET_DELTA_AT)[0] + 1
        boundaries.append(at + HEAD.size + length)
    return Segment(path, int(path.stem), data, boundaries, offset)


def read_partition(directory):
    """Its segments; only the last one may end within a batch, and offsets go on from one to the next."""
    segments = [read_segment(path) for path in sorted(directory.glob("*.log"))]
    for before, after in zip(segments, segments[1:]):
        if before.whole != len(before.data) or before.next_offset != after.base:
            raise ValueError(f"{before.path} ends at {before.whole} of {len(before.data)}, "
                             f"offset {before.next_offset}; {after.path.name} follows")
    return segments


def read_checkpoint(path):
    """{"topic-partition": offset}; empty when there is no file yet."""
    lines = path.read_text().splitlines()[2:] if path.exists() else []
    rows = (line.split(" ") for line in lines)
    return {f"{topic}-{partition}": int(offset) for topic, partition, offset in rows}


def segments_from(segments, recovery_point):
    """The bases of those that hold something at or after the recovery point."""
    first = max([s.base for s in segments if s.base <= recovery_point], default=0)
    return [s.base for s in segments if s.base >= first]
