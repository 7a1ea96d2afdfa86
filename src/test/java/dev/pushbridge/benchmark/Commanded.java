package dev.pushbridge.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;

/** A process that takes commands on its standard input, one a line, and answers each with a line that begins with {@code >}. */
final class Commanded implements AutoCloseable {
    private final String name;
    private final Process process;
    private final PrintStream commands;
    private final BufferedReader answers;

    /** Its errors go to a log of this name. */
    Commanded(String name, ProcessBuilder command) throws IOException {
        this.name = name;
        process = command.redirectError(Processes.log(name)).start();
        commands = new PrintStream(process.getOutputStream(), true, UTF_8);
        answers = process.inputReader(UTF_8);
    }

    String ask(String command) throws IOException {
        commands.println(command);
        for (String line = answers.readLine(); line != null; line = answers.readLine()) {
            if (line.startsWith(">")) {
                return line.substring(1);
            }
        }
        throw new IOException(name + " failed; see target/benchmark/" + name + ".log");
    }

    /** The other end: answers until there are no more commands. */
    static void serve(Answers answers) throws Exception {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String command = commands.readLine(); command != null; command = commands.readLine()) {
            System.out.println('>' + answers.to(command.split(" ")));
        }
    }

    /** What a process says to a command, whose words these are. */
    @FunctionalInterface
    interface Answers {
        String to(String[] command) throws Exception;
    }

    @Override
    public void close() {
        commands.close();
        Processes.awaitEnd(process);
    }
}
