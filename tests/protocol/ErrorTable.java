// Writes Kafka's errors: one line each with code, name, whether a client may retry, and the text.
//
//   java -cp jars ErrorTable.java OUT

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

public class ErrorTable {
    public static void main(String[] args) throws Exception {
        try (PrintWriter out = new PrintWriter(args[0], StandardCharsets.UTF_8)) {
            for (Errors error : Errors.values()) {
                boolean retriable = error.exception() instanceof RetriableException;
                out.println(String.join("\t", Short.toString(error.code()), error.name(),
                    Boolean.toString(retriable), error.message()));
            }
        }
    }
}
