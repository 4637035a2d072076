import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;

import org.apache.kafka.common.utils.Exit;

/**
 * Runs Apache's tools, one command line after the other, in one JVM: each line of standard input is a class and its
 * words, with tabs between them; each is answered by a line with the exit code and, in base64, what was printed.
 */
public class ApacheTools {
    /** What a tool prints to. Scala keeps the stream that it has found first, so that one must serve all tools. */
    private static class Output extends OutputStream {
        volatile OutputStream to = OutputStream.nullOutputStream();

        @Override
        public void write(int one) throws IOException {
            to.write(one);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            to.write(bytes, from, length);
        }
    }

    private static final Output OUT = new Output();
    private static final Output ERR = new Output();

    public static void main(String[] none) throws Exception {
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true);
        System.setOut(new PrintStream(OUT, true));
        System.setErr(new PrintStream(ERR, true));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split("\t", -1);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            OUT.to = out;
            ERR.to = err;
            int code = run(words);
            System.out.flush();
            System.err.flush();
            Base64.Encoder encoder = Base64.getEncoder();
            answers.println(code + " " + encoder.encodeToString(out.toByteArray()) + " "
                + encoder.encodeToString(err.toByteArray()));
        }
        Runtime.getRuntime().halt(0);
    }

    private static int run(String[] words) throws Exception {
        CompletableFuture<Integer> ended = new CompletableFuture<>();
        Exit.setExitProcedure((code, message) -> endHere(ended, code));
        Thread tool = new Thread(() -> {
            try {
                String[] arguments = Arrays.copyOfRange(words, 1, words.length);
                Class.forName(words[0]).getMethod("main", String[].class).invoke(null, (Object) arguments);
                ended.complete(0);
            } catch (java.lang.reflect.InvocationTargetException e) {
                e.getCause().printStackTrace();
                ended.complete(1);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        });
        tool.setDaemon(true);
        tool.start();
        return ended.get();
    }

    /** A tool that ends its process does nothing after it, not even what stands in its `finally`. */
    private static void endHere(CompletableFuture<Integer> ended, int code) {
        ended.complete(code);
        while (true) {
            try {
                Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException e) {
                // there is nobody to tell
            }
        }
    }
}
