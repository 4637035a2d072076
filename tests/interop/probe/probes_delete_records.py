"""DeleteRecords. Comes last: the other probes of that topic want its three records."""
from cluster import ask, cluster, topic
from errors import error
from messages import Fetch, fetch_answer
from wire import Writer

DELETE = "DeleteRecords (v1; offsets 0..2 exist)"


def delete_answer(reader):
    def partition():
        return f"p{reader.i32()} low={reader.i64()} {error(reader.i16())}"

    def entry():
        reader.string()
        return " ".join(reader.array(partition))
    reader.i32()
    return " ".join(reader.array(entry))


def delete(name, offset, partition=0, short="rec"):
    def body():
        writer = Writer()

        def entry(topic_name):
            writer.string(topic_name).array([offset], lambda o: writer.i32(partition).i64(o))
        return writer.array([topic(short)], entry).i32(3000)
    ask(DELETE, name, 21, 1, body, delete_answer, "leader:" + short)


delete("offset 99", 99)
delete("offset -2", -2)
delete("offset 1", 1)
delete("offset 0 (below the start)", 0)
delete("offset -1 (high watermark)", -1)
delete("unknown partition", 0, partition=9)
delete("compacted topic", 0, short="compact")
ask(DELETE, "fetch of offset 0 afterwards", 1, 11, lambda: Fetch(topic("rec")).body(11),
    lambda reader: fetch_answer(reader, 11, cluster)[1], "leader:rec")
