package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which addresses are one client's. */
final class AddressTallyTest {
    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource(textBlock = """
            198.51.100.7,           198.51.100.7,            together
            198.51.100.7,           198.51.100.8,            apart
            198.51.100.7,           ::ffff:198.51.100.7,     together
            2001:db8:1:2::1,        2001:db8:1:2::1,         together
            2001:db8:1:2::1,        2001:db8:1:2:ffff::2,    together
            2001:db8:1:2::1,        2001:db8:1:3::1,         apart
            2001:db8:1:2::1,        2001:db8:2:2::1,         apart
            2001:db8::,             198.51.100.7,            apart
            """)
    void addressesOfOneClientAreCountedTogether(String one, String other, String how) throws UnknownHostException {
        AddressTally tally = new AddressTally(1);
        assertThat(tally.enter(address(one))).isTrue();
        assertThat(tally.enter(address(other))).isEqualTo(how.equals("apart"));
    }

    @Test
    void whoLeavesMakesRoomWhicheverAddressOfItsOwnItHad() throws UnknownHostException {
        AddressTally tally = new AddressTally(2);
        assertThat(tally.enter(address("2001:db8::1"))).isTrue();
        assertThat(tally.enter(address("2001:db8::2"))).isTrue();
        assertThat(tally.enter(address("2001:db8::3"))).isFalse();
        tally.leave(address("2001:db8::2"));
        assertThat(tally.enter(address("2001:db8::4"))).isTrue();
        assertThat(tally.enter(address("2001:db8::5"))).isFalse();
    }

    private static InetAddress address(String address) throws UnknownHostException {
        return InetAddress.getByName(address);
    }
}
