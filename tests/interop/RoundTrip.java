// 100,000 records through Apache's kafka-clients; written against what 0.11 and 3.9 have in common.
// Arguments: bootstrap, codecs (comma separated), idempotent producer or not, headers or not. The formula is records.py's.
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;

public class RoundTrip {
    static final int TOTAL = 100_000, PARTITIONS = 3;
    static final long BASE_TIME = 1_600_000_000_000L;
    static final byte[] NOISE = noise();

    static byte[] noise() {
        byte[] out = new byte[65536];
        int x = 12345;
        for (int i = 0; i < out.length; i++) {
            x = x * 1103515245 + 12345;
            out[i] = (byte) (128 | (x >>> 16) & 127);
        }
        return out;
    }

    static long mix(int i) {
        int h = (i + 1) * 0x9E3779B1;
        h ^= h >>> 15;
        h *= 0x85EBCA77;
        h ^= h >>> 13;
        return h & 0xFFFFFFFFL;
    }

    static byte[] slice(long start, long size) {
        return Arrays.copyOfRange(NOISE, (int) start, (int) (start + size));
    }

    static byte[] key(long h) {
        return h % 7 == 0 ? null : ("k" + h).getBytes();
    }

    static byte[] value(long h) {
        long kind = h % 100, r = h >>> 7;
        long size = kind < 90 ? r % 200 : kind < 99 ? r % 2000 : r % 20480;
        return h % 211 == 0 && h % 7 != 0 ? null : slice((h >>> 3) % 40000, size);
    }

    static List<Header> headers(int i, long h) {
        List<Header> all = new ArrayList<>();
        for (int k = 0; k < i % 4; k++) {
            all.add(new RecordHeader("h" + k, slice((h >>> k) % 40000, (h >>> k) % 20)));
        }
        return all;
    }

    static long timestamp(int i, long h) {
        return BASE_TIME + 10L * i - h % 50;
    }

    static void check(String what, Object where, Object got, Object wanted) {
        if (!Objects.deepEquals(got, wanted)) {
            throw new IllegalStateException(what + " of " + where + ": got " + text(got) + ", wanted " + text(wanted));
        }
    }

    static String text(Object o) {
        return o instanceof byte[] ? Arrays.toString((byte[]) o) : String.valueOf(o);
    }

    static void produce(Properties common, String topic, String codec, boolean idempotent, int total) {
        Properties p = new Properties();
        p.putAll(common);
        p.put("compression.type", codec);
        p.put("linger.ms", "5");
        p.put("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        p.put("value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        if (idempotent) {
            p.put("enable.idempotence", "true");
        }
        AtomicReference<Exception> failed = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(p)) {
            for (int i = 0; i < total; i++) {
                long h = mix(i);
                producer.send(new ProducerRecord<>(topic, i % PARTITIONS, timestamp(i, h), key(h), value(h), headers(i, h)),
                    (metadata, error) -> { if (error != null) failed.compareAndSet(null, error); });
            }
        }
        check("first delivery error", topic, failed.get(), null);
    }

    static void verifyRecord(ConsumerRecord<byte[], byte[]> r) {
        int i = r.partition() + PARTITIONS * (int) r.offset();
        long h = mix(i);
        check("key", i, r.key(), key(h));
        check("value", i, r.value(), value(h));
        check("headers", i, Arrays.asList(r.headers().toArray()), headers(i, h));
        check("timestamp", i, r.timestamp(), timestamp(i, h));
        check("timestamp type", i, r.timestampType(), TimestampType.CREATE_TIME);
    }

    // The first record of partition 0 whose timestamp is not before that of record i, found by the broker's time index.
    static void verifyTimes(KafkaConsumer<byte[], byte[]> consumer, TopicPartition tp, int total) {
        for (int i = tp.partition(); i < total; i += total / 21 * PARTITIONS) {
            long wanted = timestamp(i, mix(i));
            int n = tp.partition();
            while (timestamp(n, mix(n)) < wanted) {
                n += PARTITIONS;
            }
            long offset = (n - tp.partition()) / PARTITIONS;
            OffsetAndTimestamp found = consumer.offsetsForTimes(Collections.singletonMap(tp, wanted)).get(tp);
            check("offset for time", wanted, found.offset(), offset);
            check("time at that offset", wanted, found.timestamp(), timestamp(n, mix(n)));
        }
    }

    @SuppressWarnings("deprecation")
    static void verify(Properties common, String topic, int total) {
        Properties p = new Properties();
        p.putAll(common);
        p.put("enable.auto.commit", "false");
        p.put("max.poll.records", "5000");
        p.put("fetch.max.wait.ms", "50");
        p.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        p.put("value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(p)) {
            List<TopicPartition> all = new ArrayList<>();
            for (int n = 0; n < PARTITIONS; n++) {
                all.add(new TopicPartition(topic, n));
            }
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long seen = 0, quietSince = System.nanoTime();
            long[] next = new long[PARTITIONS];
            while (seen < total) {
                for (ConsumerRecord<byte[], byte[]> r : consumer.poll(100)) {
                    check("offset", topic, r.offset(), next[r.partition()]++);
                    verifyRecord(r);
                    seen++;
                    quietSince = System.nanoTime();
                }
                check("20 s without records", topic, System.nanoTime() - quietSince > 20_000_000_000L, false);
            }
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            for (TopicPartition tp : all) {
                check("end offset", tp, ends.get(tp), (long) (total - tp.partition() + PARTITIONS - 1) / PARTITIONS);
                verifyTimes(consumer, tp, total);
            }
        }
    }

    public static void main(String[] args) {
        Properties common = new Properties();
        common.put("bootstrap.servers", args[0]);
        String[] codecs = args[1].split(",");
        for (String codec : codecs) {
            produce(common, "java-" + codec, codec, Boolean.parseBoolean(args[2]), TOTAL / codecs.length);
            verify(common, "java-" + codec, TOTAL / codecs.length);
            System.out.println(codec + ": " + TOTAL / codecs.length + " records");
        }
    }
}
