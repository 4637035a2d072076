"""What the logs of brokers, ours and Apache's, say of consumer groups and of who coordinates them. Times are those of the lines."""
import datetime
import re

LINE = re.compile(r"^\[([^]]*)\] INFO (?:\[Group\w+ [^]]*\]:? )?(.*)", re.MULTILINE)
# A coordinator has a partition of __consumer_offsets from here on; each member's session begins anew.
LOADED = [re.compile(r"Loaded \d+ groups from __consumer_offsets-(?P<partition>\d+) "),
          re.compile(r"Finished loading offsets and group metadata from __consumer_offsets-(?P<partition>\d+) ")]
# The session of a member is over.
EXPIRED = [re.compile(r"group (?P<group>\S+) \(.*: (?:rebalances, because )?the session of member \S+ is over"),
           re.compile(r"Member \S+ in group (?P<group>\S+) has failed, removing it from the group")]
# A generation begins: everybody has joined.
BEGUN = [re.compile(r"group (?P<group>\S+) \(generation \d+\): begins with "),
         re.compile(r"Stabilized group (?P<group>\S+) generation ")]


def moment(text):
    return datetime.datetime.strptime(text + "+0000", "%Y-%m-%d %H:%M:%S,%f%z").timestamp()


class Coordinators:
    """`loaded`: partition of __consumer_offsets -> when a coordinator took it over. `expired`, `begun`: group -> when. All in
    the order of time."""

    def __init__(self, brokers):
        self.loaded, self.expired, self.begun = {}, {}, {}
        for broker in brokers:
            for at, text in LINE.findall(broker.text()):
                self._take(moment(at), text)
        for times in [*self.loaded.values(), *self.expired.values(), *self.begun.values()]:
            times.sort()

    def _take(self, at, text):
        for patterns, times, key in [(LOADED, self.loaded, "partition"), (EXPIRED, self.expired, "group"),
                                     (BEGUN, self.begun, "group")]:
            for found in filter(None, (pattern.match(text) for pattern in patterns)):
                name = int(found[key]) if key == "partition" else found[key]
                times.setdefault(name, []).append(at)
