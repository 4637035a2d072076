"""The rows in which we answer otherwise than Apache 3.9.1, and why. A row leaves this list when it has become equal."""

CLOSED = ("no answer", "closed")


def sizes(apis):
    """ApiVersions lists what is served, so its size follows from how many APIs that is."""
    plain = f"answer of {10 + 6 * apis}B"
    flexible = f"answer of {22 + 7 * apis}B"
    group = "Connection and framing"
    for name in ("null client id", "empty client id", "client id of 30000 bytes", "client id length -2",
                 "client id not UTF-8", "100 trailing bytes"):
        yield (group, "ApiVersions v0, " + name), (plain, "open")
    yield (group, "request split into single bytes, 5 ms apart"), (plain, "open")
    yield (group, "ApiVersions v3, unknown tagged fields in header and body"), (flexible, "open")


def differences(apis):
    """(group, name) -> (answer, state) of ours."""
    return dict(sizes(apis)) | {
        # Apache never answers and never reads this connection again: its client hangs for ever. Ours learns at once.
        ("Produce (v8 unless said)", "null records"): CLOSED,
        ("Offsets: commit, fetch, delete", "OffsetFetch v8 no groups"): ("no answer", "open"),
        # One row for each logger that the broker writes to.
        ("DescribeConfigs (v2)", "broker logger of this broker"): ("NONE(0) msg='' type=8 '1' entries=29", "open"),
    }
