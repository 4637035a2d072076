import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;

/** Runs Apache's DumpLogSegments for each line of standard input: "$ line", what it printed, "[exit N]". */
public class DumpLogs {
    static class Exited extends RuntimeException {
        final int code;
        Exited(int code) { this.code = code; }
    }

    public static void main(String[] none) {
        PrintStream out = System.out;
        org.apache.kafka.common.utils.Exit.setExitProcedure((code, message) -> { throw new Exited(code); });
        System.setErr(new PrintStream(java.io.OutputStream.nullOutputStream()));
        Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
        while (lines.hasNextLine()) {
            String line = lines.nextLine();
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            int code = 0;
            PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
            System.setOut(capture);
            scala.Console$.MODULE$.setOutDirect(capture);
            try {
                kafka.tools.DumpLogSegments.main(line.split(" "));
            } catch (Exited e) {
                code = e.code;
            } catch (Throwable e) {
                code = 1;
            }
            String text = printed.toString(StandardCharsets.UTF_8);
            out.print("$ " + line + "\n" + text + (text.isEmpty() || text.endsWith("\n") ? "" : "\n") + "[exit " + code + "]\n");
        }
        out.flush();
    }
}
