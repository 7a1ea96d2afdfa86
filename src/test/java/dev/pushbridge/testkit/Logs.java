package dev.pushbridge.testkit;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** Everything that is logged from here to {@link #close}, as it would stand in the file. */
public final class Logs extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final List<Appender<ILoggingEvent>> muted = new ArrayList<>();

    private Logs() {
        setContext(root.getLoggerContext());
        start();
        root.addAppender(this);
    }

    /** Takes a copy. */
    public static Logs copied() {
        return new Logs();
    }

    /** Takes it off the console, for what is noisy by intent. */
    public static Logs taken() {
        Logs logs = new Logs();
        for (Iterator<Appender<ILoggingEvent>> all = logs.root.iteratorForAppenders(); all.hasNext(); ) {
            Appender<ILoggingEvent> appender = all.next();
            if (appender != logs) {
                logs.muted.add(appender);
            }
        }
        logs.muted.forEach(logs.root::detachAppender);
        return logs;
    }

    /** A message, or a line of an exception. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    /** Forgets the lines so far. */
    public void clear() {
        lines.clear();
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.getFormattedMessage().lines().forEach(lines::add);
        if (event.getThrowableProxy() != null) {
            ThrowableProxyUtil.asString(event.getThrowableProxy()).lines().forEach(lines::add);
        }
    }

    @Override
    public void close() {
        root.detachAppender(this);
        muted.forEach(root::addAppender);
        muted.clear();
    }
}
