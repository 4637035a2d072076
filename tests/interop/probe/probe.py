#!/usr/bin/python3
"""Asks a Kafka broker some four hundred odd questions over raw sockets and prints what it answers, as Markdown tables.

  probe.py HOST:PORT [WORD ...]     with words: only probes whose group or name holds one of them

A row holds the answer (codes by name, texts as they are) and whether the connection still answers ApiVersions
afterwards; "open, silent": it stays open, but nothing is answered any more. Topics named probe-*-RUN are made
and deleted again; RUN is random and printed as RUN, times as <ms> or <now>: two brokers' outputs can be compared.
Some probes build on earlier ones of their group. What needs a follower or a second broker is skipped where there is none.
"""
import sys

import cluster
import probes_framing, probes_produce, probes_fetch, probes_metadata, probes_topics, probes_cluster  # noqa: E401,F401


def main(address, words):
    host, port = address.rsplit(":", 1)
    cluster.cluster.boot = (host, int(port))
    cluster.set_up()
    last = None
    for group, name, answer, state in cluster.rows(words):
        if group != last:
            print(f"\n## {group}\n\n| probe | answer | connection |\n|--|--|--|")
            last = group
        print(f"| {name} | {answer} | {state} |", flush=True)
    cluster.clean_up()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092", sys.argv[2:])
