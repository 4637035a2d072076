"""kafka-consumer-groups of Apache's and ours say the same of the same groups, on a broker of ours and on a real one.

Groups are put into each state by members that do only what they are told (group_members). On one broker both tools must
print the same, line by line; the two brokers' texts must be the same but for ids, addresses and the order of rows, which
is that of hash tables with ids for keys."""
import re
import subprocess
import sys

from apache_broker import ApacheBroker
from apache_tools import ApacheTools
from group_members import Member, commit
from harness import BIN, PATIENT, Broker, Cluster

TOOL = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
GROUPS = ["empty", "left", "stable", "completing", "preparing", "static", "partly", "noassignment", "unknown-topic", "connect",
          "without-offsets-and-with-a-long-name", "nope"]
LISTED = ["--list", "--list --state", "--list --type", "--list --state --type", "--list --state stable,Empty", "--list --state=Empty",
          "--list --type consumer", "--list -type classic --state Stable", "--list --state foo", "--list --type foo",
          "--describe --all-groups", "--describe --all-groups --state", "--describe --group stable --group nope --group empty",
          "--describe --group stable --group nope --group empty --members", "--describe --group stable --verbose",
          "--describe --group stable --offsets"]
RESET = ["--topic orders --to-earliest", "--topic orders --to-latest --dry-run", "--topic orders:0 --topic pay --to-latest --dry-run",
         "--all-topics --to-current --dry-run", "--topic pay --to-current --dry-run --export", "--all-topics --shift-by 1 --dry-run",
         "--all-topics --shift-by -100 --dry-run", "--topic pay --shift-by 1 --dry-run", "--topic orders --to-offset 5 --dry-run",
         "--topic orders --to-offset -1 --dry-run", "--topic orders --to-offset x --dry-run",
         "--topic orders --to-datetime 2020-01-01T00:00:00.000 --dry-run", "--topic orders --to-datetime 2020-01-01T00:00 --dry-run",
         "--topic orders --to-datetime 2099-01-01T00:00:00.000+02:00 --dry-run", "--topic orders --to-datetime now --dry-run",
         "--topic orders --by-duration P1DT1.5S --dry-run", "--topic orders --by-duration PT0S --dry-run",
         "--topic orders --by-duration 1H --dry-run", "--topic nope --to-earliest --dry-run", "--topic nope:1 --to-latest --dry-run",
         "--topic orders:x --to-latest --dry-run", "--topic orders: --to-latest --dry-run", "--dry-run --to-latest",
         "--topic orders --dry-run", "--topic orders --to-latest --to-earliest", "--topic orders --to-latest --dry-run --execute",
         "--group stable --topic orders --to-latest --execute", "--group left --all-topics --to-current --dry-run --export",
         "--from-file FILES/one.csv --dry-run", "--from-file FILES/several.csv --dry-run", "--from-file FILES/bad.csv --dry-run",
         "--group left --from-file FILES/several.csv --dry-run --export", "--from-file FILES/none.csv --dry-run"]
FILES = {"one.csv": "orders,0,5\norders,1,999\n", "several.csv": "empty,orders,0,5\nleft,pay,0,1\n", "bad.csv": "orders,0,x\n"}
REFUSED = ["", "--list --group a", "--list --describe", "--describe", "--describe --group a --all-groups", "--foo", "--delete",
           "--describe --group a --members --state", "--describe --group a --state Stable", "--describe --group a --topic b",
           "--delete --group a --topic b", "--delete-offsets --group a", "--delete-offsets --group a --group b --topic c",
           "--reset-offsets --topic a --to-earliest --dry-run", "--list --timeout x", "--list --command-config /none"]
CHANGES = ["--reset-offsets --group changed --topic orders:0,1 --topic pay --to-earliest --execute",
           "--reset-offsets --group changed --all-topics --shift-by -1 --execute", "--reset-offsets --group new --topic pay --to-latest --execute",
           "--delete-offsets --group changed --topic orders:0 --topic pay", "--delete-offsets --group changed --topic orders --topic nope",
           "--delete-offsets --group nope --topic orders", "--delete-offsets --group stable --topic orders:1",
           "--delete-offsets --group connect --topic orders:1", "--delete --group changed", "--delete --group changed --group nope",
           "--delete --group stable", "--delete --group new"]
JAVA_ONLY = re.compile(r"\tat |\s*\.\.\. \d+ more|Caused by: | at \[Source|\[[^]]*\] ERROR|(Exception in thread \"main\" )?"
                       r"(java|com\.fasterxml|joptsimple|org\.apache)[.\w]*(Exception|Error)\b")


def put_into_states(server):
    """Who stays connected."""
    commit(server, "empty", {("orders", 0): 3, ("orders", 1): 30, ("orders", 2): 7, ("pay", 1): 2})
    commit(server, "left", {("orders", 0): 1})
    left = Member(server, "left").join()
    left.sync({left.id: {"orders": [1]}})
    left.leave()
    stable = Member(server, "stable", client="c1", topics=("orders", "pay")).join()
    stable.sync({stable.id: {"orders": [0, 2], "pay": [3, 10, 1]}})
    completing = Member(server, "completing").join()
    waits = Member(server, "preparing", topics=("orders",)).join()
    waits.sync({waits.id: {"orders": [1, 2]}})
    comes = Member(server, "preparing", client="comes")
    comes.join_others()
    static = Member(server, "static", instance="instance-1").join()
    static.sync({static.id: {"orders": [0]}})
    first = Member(server, "partly").join()
    first.sync({first.id: {"orders": [0]}})
    second = Member(server, "partly", client="a-client-with-a-long-name", instance="an-instance-with-a-long-name")
    second.join_others()
    first.start_join()
    assert (first.end_join(), second.end_join()) == (0, 0)
    first.sync({first.id: {"orders": [1, 0]}, second.id: {}})
    second.sync()
    nothing = Member(server, "noassignment").join()
    nothing.sync({nothing.id: None})
    unknown = Member(server, "unknown-topic", topics=("nope",)).join()
    unknown.sync({unknown.id: {"nope": [0]}})
    connect = Member(server, "connect", protocol=("connect", "default")).join()
    connect.sync({connect.id: None})
    nobody = Member(server, "without-offsets-and-with-a-long-name").join()
    nobody.leave()
    return [left, stable, completing, waits, comes, static, first, second, nothing, unknown, connect, nobody]


def kept(err):
    lines = [line for line in err.split("\n") if not JAVA_ONLY.match(line)]
    return re.sub(r"Option  .*", "[table]", "\n".join(lines), flags=re.S)


def shown(words, ran):
    """A refused option is named by a Java exception, or by a sentence that only we print."""
    code, out, err = ran
    text = f"$ {words}\n{out}{'! ' + kept(err) if kept(err).strip() else ''}[exit {code}]\n"
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", "TIME", text)
    return text.replace("! foo is not a recognized option\n", "")


class Players:
    def __init__(self, apache, broker, files):
        self.apache, self.server, self.files = apache, ["--bootstrap-server", broker.bootstrap], files
        self.texts, self.differ = [], 0

    def by_apache(self, words):
        ran = self.apache.run(TOOL, self.server + words)
        return ran.code, ran.out, ran.err

    def by_us(self, words):
        ran = subprocess.run([BIN / "kafka-consumer-groups", *self.server, *words], capture_output=True, text=True)
        return ran.returncode, ran.stdout, ran.stderr

    def play(self, words, before=lambda: None, after=None):
        given = words.replace("FILES", str(self.files)).split()
        texts = []
        for player in (self.by_apache, self.by_us):
            before()
            texts.append(shown(words, player(given)) + (shown(after, player(after.split())) if after else ""))
        if texts[0] != texts[1]:
            self.differ += 1
            print(f"--- Apache's {texts[0]}+++ ours {texts[1]}")
        self.texts.append(texts[0])


def play_all(apache, broker, files):
    """What both tools print of this broker's groups, and how often they differ."""
    server = ("127.0.0.1", broker.port)
    for topic, partitions in (("orders", 3), ("pay", 12)):
        subprocess.run([BIN / "kafka-topics", "--bootstrap-server", broker.bootstrap, "--create", "--topic", topic, "--partitions",
                        str(partitions)], check=True, capture_output=True)
        for partition in (0, 1, 2):
            subprocess.run(["kcat", "-P", "-b", broker.bootstrap, "-t", topic, "-p", str(partition), "-X", "acks=all"],
                           input=b"x\n" * (10 + partition), check=True)
    members = put_into_states(server)
    players = Players(apache, broker, files)
    for words in LISTED + REFUSED:
        players.play(words)
    for group in GROUPS:
        for view in ("", " --members --verbose", " --state"):
            players.play(f"--describe --group {group}{view}")
    for words in RESET:
        players.play(f"--reset-offsets --group empty {words}")
    for words in CHANGES:
        def made_anew():
            for group in ("changed", "new"):
                commit(server, group, {("orders", 0): 3, ("orders", 1): 30, ("pay", 2): 2})
        players.play(words, made_anew, "--describe --group changed --group new")
    for member in members:
        member.connection.socket.close()
    print(f"{len(players.texts)} command lines, {players.differ} differ", flush=True)
    return players


def neutral(text, broker, files):
    """Without what is a broker's own; rows in the order of the alphabet."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID" * 18, text.replace(broker.bootstrap, "ADDRESS"))
    return "\n".join(sorted(text.replace(str(files), "FILES").split("\n")))


def main():
    with Cluster() as ours, Cluster(brokers=0) as theirs, ApacheTools(warnings=True) as apache:
        for name, text in FILES.items():
            (ours.directory / name).write_text(text)
        theirs.brokers.append(ApacheBroker(Broker(theirs.directory / "broker", theirs.zookeeper, 0, PATIENT)))
        theirs.brokers[0].start()
        played = [(play_all(apache, cluster.brokers[0], ours.directory), cluster.brokers[0]) for cluster in (theirs, ours)]
        texts = [[neutral(text, broker, ours.directory) for text in players.texts] for players, broker in played]
    differ = [(one, other) for one, other in zip(*texts) if one != other]
    for one, other in differ:
        print(f"--- on Apache's broker\n{one}\n+++ on ours\n{other}")
    print(f"{len(texts[0])} texts of two brokers, {len(differ)} differ")
    return 1 if differ or any(players.differ for players, _ in played) else 0


if __name__ == "__main__":
    sys.exit(main())
