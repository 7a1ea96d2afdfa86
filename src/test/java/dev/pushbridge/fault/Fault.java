package dev.pushbridge.fault;

import dev.pushbridge.fault.Crowd.ComesBack;
import java.time.Duration;

/** What goes wrong while the events run. It is over, and every server is up again, when {@link #strike} returns. */
enum Fault {
    CUT("TCP cut without a close, back to the same node", ComesBack.SAME) {
        @Override
        void strike(Stage stage) {
            stage.crowd().storm(Cut.SILENT, SHORT_CUT, Duration.ofSeconds(5));
            stage.pause(1);
            stage.crowd().calm();
            stage.pause(stage.cluster().heartbeat().total().plus(WAY_BACK)); // until the last have found out
        }
    },
    ROAMED("network changed, on to the next node", ComesBack.NEXT) {
        @Override
        void strike(Stage stage) {
            stage.crowd().storm(Cut.ROAMED, SHORT_CUT, Duration.ofSeconds(3));
            stage.pause(1);
        }
    },
    NODE_KILLED("SIGKILL of a node", ComesBack.NEXT) {
        @Override
        void strike(Stage stage) {
            stage.pause(0.2);
            stage.nodes().get(0).kill();
            stage.pause(0.5);
            stage.nodes().get(0).start();
            stage.pause(0.3);
        }
    },
    ROLLING_RESTART("every node restarted, one after another", ComesBack.NEXT) {
        @Override
        void strike(Stage stage) {
            for (ServerProcess node : stage.nodes()) {
                stage.pause(0.1);
                node.terminate();
                node.start();
            }
        }
    },
    NODE_FROZEN("SIGSTOP of a node", ComesBack.NEXT) {
        @Override
        void strike(Stage stage) {
            ServerProcess node = stage.nodes().get(0);
            stage.pause(0.2);
            node.freeze();
            stage.crowd()
                    .awaitGoneFrom(node, stage.cluster().heartbeat().total().plus(PATIENCE));
            stage.pause(stage.scale().freeze());
            node.thaw();
            stage.pause(0.3);
        }
    },
    BROKER_RESTARTED("broker stopped and started, clients cut meanwhile", ComesBack.NEXT) {
        @Override
        void strike(Stage stage) {
            stage.pause(0.2);
            stage.crowd().cut(Cut.ROAMED, SHORT_CUT, 2);
            stage.cluster().broker().terminate();
            stage.crowd().cut(Cut.ROAMED, SHORT_CUT, 3);
            stage.pause(0.4);
            stage.cluster().broker().start();
            stage.pause(0.3);
        }

        @Override
        boolean concerns(Contender contender) {
            return contender == Contender.BRIDGE;
        }
    },
    ALL_RESTARTED("all nodes killed at once", ComesBack.NEXT) {
        @Override
        void strike(Stage stage) {
            stage.pause(0.2);
            stage.nodes().forEach(ServerProcess::kill);
            stage.cluster().startNodes();
            stage.pause(0.3);
        }
    },
    PAGE_RELOADED("page reloaded, on to the next node", ComesBack.NEXT) {
        @Override
        void strike(Stage stage) {
            for (int i = 0; i < RELOADS; i++) {
                stage.pause(1.0 / RELOADS);
                stage.crowd().reload(1);
            }
        }
    },
    JITTER("cut for 2 s about every 15 s", ComesBack.NEXT) {
        @Override
        void strike(Stage stage) {
            stage.crowd().storm(Cut.ROAMED, Duration.ofSeconds(2), Duration.ofSeconds(15));
            stage.pause(stage.scale().jitter());
        }

        @Override
        int clients(Scale scale) {
            return scale.jitterClients();
        }

        @Override
        boolean isTimed() {
            return true;
        }
    },
    QUIET("quiet for longer than the window, then cut, three times", ComesBack.SAME) {
        @Override
        void strike(Stage stage) {
            stage.outlastWindow();
            for (int i = 0; i < QUIET_ROUNDS; i++) {
                stage.crowd().cut(Cut.ROAMED, Duration.ofSeconds(1), 1);
                stage.feed().sendOneToEach(stage.tokens());
                stage.pause(Duration.ofMillis(2500));
            }
        }

        @Override
        Pace pace() {
            return Pace.FOR_OTHERS;
        }

        @Override
        Window window() {
            return Window.SMALL;
        }
    },
    AWAY_TOO_LONG("away for longer than the window", ComesBack.SAME) {
        @Override
        void strike(Stage stage) {
            stage.pause(Duration.ofSeconds(1));
            stage.crowd().cut(Cut.ROAMED, stage.scale().smallWindow().multipliedBy(2), 1);
            stage.outlastWindow();
            stage.pause(Duration.ofSeconds(2));
        }

        @Override
        Window window() {
            return Window.SMALL;
        }

        @Override
        boolean concerns(Contender contender) {
            return contender == Contender.BRIDGE;
        }
    };

    /** Whom the steady events are for. */
    enum Pace {
        FOR_MOST,
        FOR_OTHERS
    }

    /** How long the nodes keep what they have sent. */
    enum Window {
        LARGE,
        SMALL
    }

    private static final Duration SHORT_CUT = Duration.ofMillis(500);
    private static final int RELOADS = 4;
    private static final int QUIET_ROUNDS = 3;
    /** What a client takes, beyond the heartbeat, to be back. */
    private static final Duration WAY_BACK = Duration.ofSeconds(3);
    /** What it may take on a machine that has too much to do. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final String words;
    private final ComesBack comesBack;

    Fault(String words, ComesBack comesBack) {
        this.words = words;
        this.comesBack = comesBack;
    }

    abstract void strike(Stage stage);

    String words() {
        return words;
    }

    ComesBack comesBack() {
        return comesBack;
    }

    boolean concerns(Contender contender) {
        return true;
    }

    int clients(Scale scale) {
        return scale.clients();
    }

    /** Whether it is about time, so that the contenders may not share the machine. */
    boolean isTimed() {
        return false;
    }

    Pace pace() {
        return Pace.FOR_MOST;
    }

    Window window() {
        return Window.LARGE;
    }
}
