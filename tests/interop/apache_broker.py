"""A real Apache Kafka 3.9.1 broker that stands where one of ours stood: same server.properties, same directories."""
import clients
from harness import Broker


class ApacheBroker(Broker):
    """Takes over `ours`: its id, port, data directory and ZooKeeper. `ours` must have ended."""

    def __init__(self, ours):
        self.__dict__.update(ours.__dict__)
        self.log = self.directory / "apache.log"
        self.process = None
        self.classpath = clients.maven("apache")

    def command(self):
        # The heap must hold the cleaner's 128 MiB twice: a change of its settings makes it anew, and a broker that cannot
        # loses the thread that hears of changes.
        return ["java", "-Xmx640m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                f"-Dlog4j.configuration=file:{clients.HERE}/apache/log4j.properties", "-cp", self.classpath, "kafka.Kafka",
                self.write_properties()]

    def start(self):
        """Again and again while the registration of its last life is in the way: ours wait for that, Apache's end."""
        while True:
            try:
                return super().start()
            except RuntimeError as ended:
                if "NodeExists" not in str(ended):
                    raise
