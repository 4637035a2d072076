"""Metadata by name and by id, topics made by asking for them, FindCoordinator."""
import time

from cluster import ask, cluster, coordinator, probe, topic
from errors import error
from messages import ZERO_ID, metadata, metadata_answer
from wire import Writer

METADATA = "Metadata"
COORDINATORS = "FindCoordinator"
UNKNOWN_ID = b"\7" * 16


def about(name, topics, version=8, auto_create=False):
    ask(METADATA, name, 3, version, lambda: metadata(topics() if callable(topics) else topics, auto_create, version),
        lambda reader: metadata_answer(reader, version))


def known_id():
    return cluster.ids[topic("a")]


about("v0 empty list (= all)", [], 0)
about("v1 empty list (= none)", [], 1)
about("v1 null (= all)", None, 1)
about("v0 null list", None, 0)
about("v8 known topic", lambda: [topic("a")])
about("unknown topic, auto-create not allowed", ["probe-nope"])
about('name "a b", auto-create allowed', ["a b"], auto_create=True)
about('name ".."', [".."], auto_create=True)
about("empty name", [""], auto_create=True)
about("name of 250 chars", ["x" * 250], auto_create=True)
about("same topic twice", lambda: [topic("a"), topic("a")])
about("v10 by name, id zero", lambda: [topic("a")], 10)
about("v12 null name, known id", lambda: [(None, known_id())], 12)
about("v12 null name, unknown id", [(None, UNKNOWN_ID)], 12)
about("v12 null name, zero id", [(None, ZERO_ID)], 12)
about("v10 null name, known id", lambda: [(None, known_id())], 10)
about("v12 name and wrong id", lambda: [(topic("a"), UNKNOWN_ID)], 12)
about("v9 null list", None, 9)
about("unknown topic, auto-create allowed: first answer", ["probe-auto-" + cluster.run], auto_create=True)


def one_second_later(name, topics, auto_create=False):
    @probe(METADATA, name)
    def _(connection):
        time.sleep(1)
        return metadata_answer(connection.call(3, 8, metadata(topics, auto_create)), 8)


one_second_later("same topic 1 s later", ["probe-auto-" + cluster.run])
about("auto-create probe.col.RUN", ["probe.col." + cluster.run], auto_create=True)
one_second_later("then probe_col.RUN (differs in . and _ only)", ["probe_col." + cluster.run], True)


def _node(broker, host, port):
    """A known node's address is nobody's business here."""
    return "node" if broker >= 0 else f"node -1 host={host!r} port={port}"


def _served(key):
    """Once it is known who coordinates: the first question makes the topic."""
    coordinator(key)
    return Writer()


def one_key(name, key, kind):
    def answer(reader):
        reader.i32()
        text = f"{error(reader.i16())} msg={reader.string()!r} "
        return text + _node(reader.i32(), reader.string(), reader.i32())
    ask(COORDINATORS, name, 10, 2, lambda: _served(key).string(key).i8(kind), answer)


def keys(name, key_list, kind=0, version=4):
    def answer(reader):
        def one():
            text = f"{reader.c_string()} "
            text += _node(reader.i32(), reader.c_string(), reader.i32())
            text += f" {error(reader.i16())} msg={reader.c_string()!r}"
            reader.tags()
            return text
        reader.i32()
        return "; ".join(reader.c_array(one)) or "no keys"
    def body():
        writer = _served("").i8(kind)
        return writer.c_array(key_list, writer.c_string).tags()
    ask(COORDINATORS, name, 10, version, body, answer)


one_key("v2 group", "g", 0)
one_key("v2 empty group", "", 0)
one_key("v2 type 7", "g", 7)
one_key("v2 type -1", "g", -1)
keys("v4 two keys", ["g", ""])
keys("v4 no keys", [])
keys("v4 type 3", ["g"], 3)
SHARE_KEY = "g:AAAAAAAAAAAAAAAAAAAAAA:0"
keys("v6 type 2 (share)", [SHARE_KEY], 2, 6)
keys("v5 type 2 (share)", [SHARE_KEY], 2, 5)
