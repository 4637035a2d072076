// Members of consumer groups, many in one process, each Apache's KafkaConsumer on a thread of its own, which commits what it has
// read. Arguments: bootstrap, topic. What is to happen comes as lines on standard input, what happened goes as lines to standard
// output (a member's name is its client id):
//   join GROUP MEMBER range|cooperative [INSTANCE]   leave MEMBER
//   asks MEMBER ID P...         it is about to ask where to begin in the partitions P
//   told MEMBER ID P=O...       and was told: offset O
//   owns MEMBER P...            what it has from here on
//   read MEMBER P FIRST LAST    a run of records without a hole
//   commits MEMBER ID           it is about to commit
//   done MEMBER ID P=O...       acknowledged
//   refused MEMBER NAME         by the simple name of the exception; what it still owns goes with the next commit
//   left MEMBER
import java.io.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

public class GroupMembers {
    static final AtomicLong ids = new AtomicLong();
    static String bootstrap, topic;

    static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    static class Member extends Thread implements ConsumerRebalanceListener {
        final String name;
        final KafkaConsumer<byte[], byte[]> consumer;
        final Map<TopicPartition, OffsetAndMetadata> uncommitted = new HashMap<>();
        final Set<Integer> owned = new TreeSet<>();
        volatile boolean stopping;

        Member(String[] words) {
            name = words[2];
            Properties p = new Properties();
            p.put("bootstrap.servers", bootstrap);
            p.put("group.id", words[1]);
            p.put("client.id", name);
            p.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer."
                + (words[3].equals("cooperative") ? "CooperativeStickyAssignor" : "RangeAssignor"));
            if (words.length > 4) p.put("group.instance.id", words[4]);
            p.put("enable.auto.commit", "false");
            p.put("auto.offset.reset", "none");
            p.put("session.timeout.ms", "6000");
            p.put("heartbeat.interval.ms", "500");
            p.put("max.poll.records", "100");
            p.put("receive.buffer.bytes", "16384");
            p.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
            p.put("value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
            consumer = new KafkaConsumer<>(p);
        }

        public void run() {
            try (consumer) {
                consumer.subscribe(List.of(topic), this);
                while (!stopping) read();
            } catch (KafkaException e) {
                refused(e);
            }
            say("left " + name);
        }

        void read() {
            try {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
                for (TopicPartition tp : records.partitions()) report(tp, records.records(tp));
                commit();
            } catch (KafkaException e) {
                refused(e);
            }
        }

        void report(TopicPartition tp, List<ConsumerRecord<byte[], byte[]>> records) {
            long first = records.get(0).offset(), last = first - 1;
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (record.offset() != last + 1) {
                    say("read " + name + " " + tp.partition() + " " + first + " " + last);
                    first = record.offset();
                }
                last = record.offset();
            }
            say("read " + name + " " + tp.partition() + " " + first + " " + last);
            uncommitted.put(tp, new OffsetAndMetadata(last + 1));
        }

        void commit() {
            if (uncommitted.isEmpty()) return;
            Map<TopicPartition, OffsetAndMetadata> offsets = Map.copyOf(uncommitted);
            uncommitted.clear();
            long id = ids.incrementAndGet();
            say("commits " + name + " " + id);
            try {
                consumer.commitSync(offsets, Duration.ofSeconds(20));
                say("done " + name + " " + id + text(offsets));
            } catch (KafkaException e) {
                refused(e);
                offsets.forEach(uncommitted::putIfAbsent);
            }
        }

        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            commit();
            onPartitionsLost(partitions);
        }

        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            for (TopicPartition tp : partitions) owned.remove(tp.partition());
            uncommitted.keySet().removeAll(partitions);
            owns();
        }

        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) begin(new HashSet<>(partitions));
            for (TopicPartition tp : partitions) owned.add(tp.partition());
            owns();
        }

        void begin(Set<TopicPartition> partitions) {
            long id = ids.incrementAndGet();
            say("asks " + name + " " + id);
            Map<TopicPartition, OffsetAndMetadata> stored = new HashMap<>(consumer.committed(partitions, Duration.ofSeconds(60)));
            stored.replaceAll((tp, offset) -> offset == null ? new OffsetAndMetadata(0) : offset);
            say("told " + name + " " + id + text(stored));
            stored.forEach(consumer::seek);
        }

        void owns() {
            say("owns " + name + owned.stream().map(p -> " " + p).collect(Collectors.joining()));
        }

        void refused(KafkaException e) {
            say("refused " + name + " " + e.getClass().getSimpleName());
        }

        static String text(Map<TopicPartition, OffsetAndMetadata> offsets) {
            return offsets.entrySet().stream().map(e -> " " + e.getKey().partition() + "=" + e.getValue().offset())
                .collect(Collectors.joining());
        }
    }

    public static void main(String[] arguments) throws IOException {
        bootstrap = arguments[0];
        topic = arguments[1];
        Map<String, Member> members = new HashMap<>();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = input.readLine()) != null;) {
            String[] words = line.split(" ");
            if (words[0].equals("join")) {
                Member member = new Member(words);
                members.put(member.name, member);
                member.start();
            } else {
                members.remove(words[1]).stopping = true;
            }
        }
        System.exit(0);
    }
}
