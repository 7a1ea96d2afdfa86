package dev.pushbridge.testkit;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Stops the tests' broker after the last test. A shutdown hook would be too late: the embedded broker has one of its
 * own, which takes its files away while it still runs.
 */
public final class BrokerStop implements LauncherSessionListener {
    @Override
    public void launcherSessionClosed(LauncherSession session) {
        Broker.stop();
    }
}
