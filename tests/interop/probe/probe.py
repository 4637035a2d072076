#!/usr/bin/python3
"""Asks Kafka brokers some four hundred odd questions over raw sockets and prints what it answers, as Markdown tables.

  probe.py HOST:PORT[,HOST:PORT...] [WORD ...]     with words: only probes whose group or name holds one of them

A row holds the answer (codes by name, texts as they are) and whether the connection still answers ApiVersions
afterwards; "open, silent": it stays open, but nothing is answered any more. Topics named probe-*-RUN are made
and deleted again; RUN is random and printed as RUN, times as <ms> or <now>: two brokers' outputs can be compared.
Some probes build on earlier ones of their group. With one address given, what needs a second broker is not asked;
the other addresses only say how many brokers there are, and one topic stays behind: a replica of it is on a broker
that does not exist, so nobody can delete it. For clusters made for this, right after their start: sizes count topics.
"""
import sys

import cluster
import probes_framing, probes_produce, probes_fetch, probes_metadata, probes_topics, probes_cluster, probes_moves  # noqa: E401,F401
import probes_brokers  # noqa: F401
import probes_delete_records  # noqa: F401
import probes_configs  # noqa: F401
import probes_groups  # noqa: F401
import probes_old_readers  # noqa: F401


def main(addresses, words):
    host, port = addresses[0].rsplit(":", 1)
    cluster.cluster.boot = (host, int(port))
    if len(addresses) > 1:
        import probes_replicas  # noqa: F401
    cluster.set_up(len(addresses))
    last = None
    for group, name, answer, state in cluster.rows(words):
        if group != last:
            print(f"\n## {group}\n\n| probe | answer | connection |\n|--|--|--|")
            last = group
        print(f"| {name} | {answer} | {state} |", flush=True)
    cluster.clean_up()


if __name__ == "__main__":
    main(sys.argv[1].split(",") if len(sys.argv) > 1 else ["127.0.0.1:9092"], sys.argv[2:])
