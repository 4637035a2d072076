"""Every probe answers as probe/expected.txt says, except for the rows that probe/differences.py lists.

    probe_rows.py [BROKERS]     1 or 3; 1 if not given

expected.txt is what probe/probe.py printed for one Apache 3.9.1 broker in ZooKeeper mode with broker.id=1,
broker.rack=RACK1 and everything else as it comes. expected_three_brokers.txt holds what it prints otherwise, or
besides, for brokers 1 to 3 in racks RACK1 to RACK3 of which broker 1 was started first and asked.
"""
import pathlib
import subprocess
import sys

from harness import Cluster

PROBE = pathlib.Path(__file__).resolve().parent / "probe"
sys.path.insert(0, str(PROBE))
import differences  # noqa: E402
from wire import Connection  # noqa: E402


def parse(text):
    """(group, name) -> (answer, state), in order."""
    rows = {}
    group = None
    for line in text.splitlines():
        if line.startswith("## "):
            group = line[3:]
        elif line.startswith("| ") and line != "| probe | answer | connection |":
            name, answer, state = line[2:-2].split(" | ")
            assert (group, name) not in rows, f"two rows are called {name}"
            rows[group, name] = (answer, state)
    return rows


def served_apis(broker):
    with Connection(("127.0.0.1", broker.port)) as connection:
        answer = connection.call(18, 0)
    answer.i16()
    return answer.i32()


def expected_rows(brokers):
    rows = parse((PROBE / "expected.txt").read_text())
    return rows if brokers == 1 else rows | parse((PROBE / "expected_three_brokers.txt").read_text())


def compare(expected, found, allowed):
    for row in expected.keys() ^ found.keys() | (allowed.keys() - expected.keys()):
        yield f"{row}: only in one of the expected rows, differences.py and what was found"
    for row in expected.keys() & found.keys():
        wanted = allowed.get(row, expected[row])
        if found[row] != wanted:
            yield f"{row}:\n  wanted {wanted}\n  found  {found[row]}"
        if row in allowed and allowed[row] == expected[row]:
            yield f"{row}: no longer differs, take it off the list"


def properties(broker):
    """Leader epochs are in the rows: a slow machine must not cost a broker its session."""
    return {"broker.rack": f"RACK{broker}", "zookeeper.session.timeout.ms": "18000"}


def main(brokers):
    expected = expected_rows(brokers)
    with Cluster(brokers, properties, first_id=1) as cluster:
        allowed = differences.differences(served_apis(cluster.broker))
        output = subprocess.run([sys.executable, PROBE / "probe.py", cluster.bootstrap], check=True,
                                capture_output=True, text=True).stdout
        wrong = list(compare(expected, parse(output), allowed))
        print("\n".join(sorted(wrong)))
        print(f"{len(expected)} probes, {len(allowed)} differ as listed, {len(wrong)} differ otherwise")
        assert not wrong


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
