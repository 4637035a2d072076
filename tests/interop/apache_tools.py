"""Apache's tools, run one after the other in one JVM: a process for each would take a second and more."""
import base64
import dataclasses
import subprocess

import clients


@dataclasses.dataclass
class Ran:
    code: int
    out: str
    err: str


class ApacheTools:
    """    with ApacheTools() as apache: apache.run("kafka.admin.ConfigCommand", ["--describe", ...])

    `warnings`: what they log at that level goes to standard error, as when Kafka's own scripts start them."""

    def __init__(self, warnings=False):
        self.logging = [f"-Dlog4j.configuration=file:{clients.HERE}/apache/tools-log4j.properties"] if warnings else []

    def __enter__(self):
        clients.program("javac", "default-jdk-headless")
        self._jvm = subprocess.Popen(
            ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *self.logging, "-cp", clients.maven("apache"),
             clients.HERE / "ApacheTools.java"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return self

    def run(self, tool, words):
        self._jvm.stdin.write("\t".join([tool, *words]) + "\n")
        self._jvm.stdin.flush()
        code, out, err = self._jvm.stdout.readline().rstrip("\n").split(" ")
        said = base64.b64decode(err).decode().splitlines(keepends=True)
        # Once for each JVM: that nobody has told log4j where to log.
        complaints = [line for line in said if not line.startswith("log4j:WARN ")]
        return Ran(int(code), base64.b64decode(out).decode(), "".join(complaints))

    def __exit__(self, *_):
        self._jvm.stdin.close()
        self._jvm.wait(60)
