"""What is in ZooKeeper, and what was written to it, in lines that two clusters share: without ids, times and ports."""
import os
import pathlib
import re
import subprocess

import clients

kazoo = clients.module("kazoo.client", "python3-kazoo")
CAPTURED = pathlib.Path(__file__).parent / "znodes"
VOLATILE = [(r'"(topic_id|id)":"[A-Za-z0-9_-]{22}"', r'"\1":"ID"'), (r'"timestamp":"\d{13}"', '"timestamp":"T"'),
            (r'127\.0\.0\.1:\d+', "127.0.0.1:PORT"), (r'"port":\d+', '"port":PORT')]


def without_volatile(text):
    for pattern, replacement in VOLATILE:
        text = re.sub(pattern, replacement, text)
    return text


def captured(name):
    lines = (CAPTURED / f"{name}.txt").read_text().splitlines()
    return [without_volatile(line) for line in lines if not line.startswith("#")]


class Reader:
    def __init__(self, address):
        self.client = kazoo.KazooClient(address)
        self.client.start()

    def walk(self, path, rows):
        data, stat = self.client.get(path)
        kind = "E" if stat.ephemeralOwner else "P"
        line = f"{path} {kind} v{stat.version} cv{stat.cversion} {(data or b'').decode()}".rstrip()
        rows.append((stat.czxid, len(rows), without_volatile(line)))
        for child in sorted(self.client.get_children(path)):
            self.walk(f"{path}/{child}", rows)

    def tree(self, *roots):
        """The nodes at and under `roots` in the order of their creation."""
        rows = []
        for root in roots:
            self.walk(root, rows)
        return [line for _, _, line in sorted(rows)]

    def whole_tree(self):
        return self.tree(*sorted(f"/{child}" for child in self.client.get_children("/") if child != "zookeeper"))

    def topic(self, name):
        return self.tree(f"/config/topics/{name}", f"/brokers/topics/{name}")


def same(what, got, wanted):
    different = [f"  captured {b}\n  ours     {a}" for a, b in zip(got, wanted) if a != b]
    extra = [f"  only ours     {a}" for a in got[len(wanted):]] + [f"  only captured {b}" for b in wanted[len(got):]]
    if different or extra:
        raise SystemExit(f"{what} not the same:\n" + "\n".join(different + extra))
    print(f"{what}: {len(wanted)} alike")


TRANSACTION = re.compile(r"multi check:\W+/controller_epoch\W+;(.*)")
OPERATION = re.compile(r"(setData|delete):[^/]+(/[\w/.-]+)[^{]*({.*})?")


def fenced_writes(directory):
    """The writes fenced by the controller epoch, in their order: operation, path, data. Kafka makes a transaction of
    each; here several may share one."""
    jar = os.environ.get("ZOOKEEPER_JAR", "/usr/share/java/zookeeper.jar")
    log, = directory.glob("data/version-2/log.*")
    text = subprocess.run(["java", "-cp", jar, "org.apache.zookeeper.server.persistence.TxnLogToolkit", "-d", log],
                          capture_output=True, check=True, timeout=60).stdout.decode(errors="replace")
    operations = [part for line in TRANSACTION.findall(text) for part in re.split(r";(?=[A-Za-z]+:)", line)]
    writes = [found.groups("") for found in map(OPERATION.match, operations) if found]
    return [f"{operation} {path} {data}".rstrip() for operation, path, data in writes]
