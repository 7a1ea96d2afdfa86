package dev.pushbridge.deployment;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a command as the compose file runs the bridge: not as root, without a capability, on a read-only file system with a
 * {@code /tmp} of its own. It takes root, and Linux' {@code unshare} and {@code setpriv}.
 */
final class Cage {
    /** The image is seen at /mnt, whatever is above it is closed to others. */
    private static final String SCRIPT = """
            mount --bind "$1" /mnt &&
            mount -t tmpfs -o size=64m,mode=1777,exec tmpfs /tmp &&
            mount -o remount,ro,bind / &&
            cd /mnt && uid="${2%%:*}" gid="${2##*:}" && shift 2 &&
            exec setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
            """;

    private Cage() {}

    /** Whether this machine lets us build one. */
    static boolean canBeBuilt() {
        try {
            return new ProcessBuilder(around(Path.of("/usr"), "10001:10001", List.of("true")))
                            .redirectErrorStream(true)
                            .redirectOutput(new File("/dev/null"))
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException | InterruptedException e) {
            return false;
        }
    }

    /** The command around a command, which is to run in the directory as the user. */
    static List<String> around(Path directory, String user, List<String> command) {
        List<String> caged = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                SCRIPT,
                "cage",
                directory.toAbsolutePath().toString(),
                user));
        caged.addAll(command);
        return caged;
    }
}
