// What pace.cc does, with Apache's own producer: steady producers, every record timed.
//
//   Pace BOOTSTRAP TOPIC PARTITIONS PRODUCERS PER_SECOND RECORD_BYTES
//
// The same arguments, the same lines on standard output: partition, when a record was due, when it was acknowledged (seconds of
// CLOCK_MONOTONIC). The producer's settings are its own, but for acks=all.
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Pace {
    static String bootstrap, topic;
    static byte[] value;
    static long interval;
    static volatile boolean ended;

    static class Pacer extends Thread {
        final int partition;
        final KafkaProducer<byte[], byte[]> producer;
        final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();

        Pacer(int partition) {
            this.partition = partition;
            producer = new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap, "acks", "all"), new ByteArraySerializer(),
                new ByteArraySerializer());
        }

        public void run() {
            for (long due = System.nanoTime(); !ended; due += interval) {
                LockSupport.parkNanos(due - System.nanoTime());
                send(due);
            }
            producer.flush();
        }

        void send(long due) {
            producer.send(new ProducerRecord<>(topic, partition, null, value), (where, error) -> {
                if (error != null) throw new IllegalStateException(error);
                acknowledged.add(partition + " " + due / 1e9 + " " + System.nanoTime() / 1e9);
            });
        }
    }

    public static void main(String[] arguments) throws Exception {
        bootstrap = arguments[0];
        topic = arguments[1];
        int partitions = Integer.parseInt(arguments[2]), producers = Integer.parseInt(arguments[3]);
        interval = 1_000_000_000L / Integer.parseInt(arguments[4]);
        value = new byte[Integer.parseInt(arguments[5])];
        List<Pacer> pacers = new ArrayList<>();
        for (int number = 0; number < producers; ++number) pacers.add(new Pacer(number * partitions / producers));
        for (Pacer pacer : pacers) pacer.start();
        while (System.in.read() >= 0) { }
        ended = true;
        for (Pacer pacer : pacers) pacer.join();
        for (Pacer pacer : pacers) pacer.acknowledged.forEach(System.out::println);
        System.exit(0);
    }
}
