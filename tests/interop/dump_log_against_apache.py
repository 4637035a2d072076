"""Apache's DumpLogSegments and our kafka-dump-log print the same for the same files: those of the unit test, and those
that a broker of ours has just written."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import clients
from harness import BIN, ROOT, Cluster

HERE = pathlib.Path(__file__).resolve().parent
# How each kind of file is asked for. Empty ones are left out: Apache's tool ends on an index without entries.
PER_SUFFIX = {".log": "--print-data-log --files", ".timeindex": "--files", ".index": "--files", ".snapshot": "--files",
              ".txnindex": "--files"}


def apache_says(lines, directory):
    asked = "".join(line + "\n" for line in lines)
    answer = subprocess.run(["java", "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-cp", clients.maven("apache"),
                             HERE / "apache/DumpLogs.java"], input=asked.encode(), cwd=directory, capture_output=True,
                            check=True)
    return blocks_of(answer.stdout.decode())


def we_say(lines, directory):
    said = {}
    for line in lines:
        ran = subprocess.run([BIN / "kafka-dump-log", *line.split(" ")], cwd=directory, capture_output=True, check=False)
        text = ran.stdout.decode()
        said[line] = text + ("" if not text or text.endswith("\n") else "\n") + f"[exit {ran.returncode}]\n"
    return said


def blocks_of(text):
    return {block[:block.index("\n")]: block[block.index("\n") + 1:] for block in re.split(r"^\$ ", text, flags=re.M)[1:]}


def compare(what, lines, directory):
    ours, theirs = we_say(lines, directory), apache_says(lines, directory)
    different = [line for line in lines if ours[line] != theirs[line]]
    for line in different:
        print(f"--- {line}\n{theirs[line]}+++ ours\n{ours[line]}")
    print(f"{what}: {len(lines)} dumps, {len(different)} differ")
    return not different and bool(lines)


def written_by_us(cluster):
    """A topic with some batches, keys and codecs; then the command lines for every file of its directories."""
    subprocess.run([BIN / "kafka-topics", "--bootstrap-server", cluster.bootstrap, "--create", "--topic", "dumped",
                    "--partitions", "2", "--config", "segment.bytes=2000", "--config", "index.interval.bytes=100"], check=True)
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        for i in range(6):
            subprocess.run(["kcat", "-b", cluster.bootstrap, "-P", "-t", "dumped", "-p", str(i % 2), "-K:", "-z", codec],
                           input=b"".join(b"key%d:value %d %s\n" % (j, j, codec.encode()) for j in range(20)), check=True)
    cluster.broker.stop()
    files = sorted(p for p in cluster.broker.data.glob("dumped-*/*") if p.suffix in PER_SUFFIX)
    return [f"{PER_SUFFIX[p.suffix]} {p.relative_to(cluster.broker.data)}" for p in files if p.stat().st_size > 0]


def main():
    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch) / "dump_log"  # Apache's tool makes indexes that are not there
        shutil.copytree(ROOT / "tests/data/dump_log", copy)
        lines = [line for line in blocks_of((copy / "expected.txt").read_text(encoding="utf8")) if line != "--version"]
        good = compare("captured files", lines, copy)
    with Cluster() as cluster:
        lines = written_by_us(cluster)
        good = compare("files of our broker", lines, cluster.broker.data) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
