"""Attacks on DTLS: items 33, 39, 48, 51, 57 and 98 to 100 of the list."""

import contextlib
import os
import socket
import time

import turn_client
import turn_message as stun
from turn_message import Message
from world import SILENT_PORT, Attack, udp_packet

HANDSHAKE, ALERT, APPLICATION_DATA = 22, 21, 23
CLIENT_HELLO, HELLO_VERIFY_REQUEST, SERVER_HELLO = 1, 3, 2
RANDOM_AT = 13 + 12 + 2


def hello():
    """The first datagram of a client, without a cookie."""
    from OpenSSL import SSL
    context = SSL.Context(SSL.DTLS_METHOD)
    connection = SSL.Connection(context)
    connection.set_connect_state()
    connection.set_ciphertext_mtu(1200)
    with contextlib.suppress(SSL.WantReadError):
        connection.do_handshake()
    return connection, connection.bio_read(65535)


def plaintext_record(content, octets, number=1):
    return bytes([content]) + b"\xfe\xfd\0\0" + number.to_bytes(6, "big") + len(octets).to_bytes(2, "big") + octets


class Overheard:
    """A socket, and all that was sent through it."""

    def __init__(self, sock):
        self._socket = sock
        self.sent = []

    def send(self, octets):
        self.sent.append(bytes(octets))
        return self._socket.send(octets)

    def __getattr__(self, name):
        return getattr(self._socket, name)


class DtlsAttack(Attack):
    def udp(self, host="attacker"):
        sock = self.world.net.host(host).socket(timeout=0.3)
        sock.connect(self.target.address("udp"))
        self.addCleanup(sock.close)
        return sock

    def hello_with_cookie(self, sock):
        """What a new client says on `sock` when it has been sent its cookie there."""
        connection, octets = hello()
        sock.send(octets)
        sock.settimeout(2)
        while (answer := sock.recv(4096))[:1] != bytes([HANDSHAKE]) or answer[13] != HELLO_VERIFY_REQUEST:
            pass
        connection.bio_write(answer)
        with contextlib.suppress(Exception):
            connection.do_handshake()
        return connection.bio_read(65535)

    def answers(self, sock, seconds=0.3):
        found = []
        sock.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            while True:
                found.append(sock.recv(4096))
        return found

    def test_attack_33_hellos_of_twenty_thousand_sources_leave_nothing_behind(self):
        attacker = self.world.net.host("attacker").ipv4
        self.target.host.run(["ip", "route", "replace", "198.18.0.0/15", "via", attacker], 5)
        raw, octets = self.stranger(), hello()[1]
        memory, target = self.target.memory(), self.target.address("udp")
        for number in range(20000):
            source = socket.inet_ntoa((0xC6120000 + number).to_bytes(4, "big"))
            raw.sendto(udp_packet((source, 1024 + number % 60000), target, octets), target)
        self.assertEqual(self.world.innocents["server"].check(), [])
        self.assertLess(self.target.memory(), memory + (1 << 20))

    def test_attack_34_the_cookie_is_smaller_than_the_hello(self):
        sock, octets = self.udp(), hello()[1]
        sock.send(octets)
        answers = self.answers(sock)
        self.assertEqual([answer[13] for answer in answers], [HELLO_VERIFY_REQUEST])
        self.assertLess(sum(map(len, answers)), len(octets))

    def test_attack_33_the_cookie_of_another_address_is_worth_nothing(self):
        connection, octets = hello()
        own, other = self.udp(), self.udp("accomplice")
        own.send(octets)
        connection.bio_write(own.recv(4096))
        with contextlib.suppress(Exception):
            connection.do_handshake()
        with_cookie = connection.bio_read(65535)
        other.send(with_cookie)
        self.assertEqual([answer[13] for answer in self.answers(other)][:1], [HELLO_VERIFY_REQUEST])
        own.send(with_cookie)
        self.assertEqual(self.answers(own)[0][13], SERVER_HELLO)

    def test_attack_33_records_of_nobody_are_not_answered(self):
        sock = self.udp()
        for content in range(20, 64):
            for octets in (b"", b"\1\0", bytes(40), b"\xff" * 200):
                sock.send(plaintext_record(content, octets))
            sock.send(bytes([content]))
        self.assertEqual(self.answers(sock), [])

    def test_attack_39_handshakes_that_stall_are_forgotten(self):
        memory = self.target.memory()
        for _ in range(60):
            connection, octets = hello()
            sock = self.udp()
            sock.send(octets)
            connection.bio_write(sock.recv(4096))
            with contextlib.suppress(Exception):
                connection.do_handshake()
            sock.send(connection.bio_read(65535))
        self.assertLess(self.target.memory(), memory + (6 << 20))
        # After the deadline a new client of the same address finds its place.
        self.assertEqual(self.client().ask(Message(stun.BINDING)).code, 200)

    def test_attack_33_associations_of_one_source_are_bounded(self):
        """256 of each worker; memory of those that end is used again."""
        for _ in range(2):
            wires = []
            for _ in range(100):
                wires.append(self.client())
                self.assertEqual(wires[-1].ask(Message(stun.BINDING)).code, 200)
            for client in wires:
                client.wire.close()

    def test_attack_48_forged_records_do_not_end_an_association(self):
        """What anybody can send in the client's name: plaintext alerts, new hellos, records that do not decrypt."""
        client = self.allocated()
        self.assertEqual(client.bind(0x4000, self.peer).code, 200)
        forged = [plaintext_record(ALERT, b"\1\0"), plaintext_record(ALERT, b"\2\x28"), hello()[1],
                  plaintext_record(APPLICATION_DATA, Message(stun.REFRESH).lifetime(0).sign(client.login).octets()),
                  plaintext_record(HANDSHAKE, b"\x14" + bytes(11)),
                  b"\x17\xfe\xfd\0\1" + bytes(6) + b"\0\x20" + bytes(32),
                  b"\x15\xfe\xfd\0\1" + bytes(5) + b"\x63\0\x1a" + bytes(26),
                  *(b"\x17\xfe\xfd\0\1" + bytes(6) + b"\0" + bytes([short]) + bytes(short) for short in range(24))]
        for octets in forged * 3:
            client.wire.socket.send(octets)
            client.send_channel(0x4000, b"still here")
            self.assertEqual(client.receive(), (0x4000, b"still here"), octets[:14].hex())
        self.assertEqual(client.refresh().code, 200)

    def test_attack_48_plain_datagrams_do_not_speak_for_an_association(self):
        """Under the client's address, which anybody can forge, and without the keys of its DTLS."""
        client = self.allocated()
        self.assertEqual(client.bind(0x4000, self.peer).code, 200)
        with self.counts("dropped", "no_allocation", at_least=2):
            client.wire.socket.send(Message(stun.SEND, stun.INDICATION).peer(self.peer).add("DATA", b"forged").octets())
            client.wire.socket.send(stun.channel_data(0x4000, b"forged"))
        client.send_channel(0x4000, b"true")
        self.assertEqual(client.receive(), (0x4000, b"true"))

    def test_attack_48_records_are_not_replayed(self):
        client = self.allocated()
        self.assertEqual(client.permit(self.peer).code, 200)
        recorded = []
        real = client.wire.socket
        client.wire.connection.send(Message(stun.SEND, stun.INDICATION).peer(self.peer).add("DATA", b"once").octets())
        recorded.append(client.wire.connection.bio_read(65535))
        for _ in range(5):
            real.send(recorded[0])
        self.assertEqual(client.receive(), (self.peer, b"once"))
        self.assertEqual(client.answers_before_fence(), [])

    # -- 51: what waits for the end of a batch
    @staticmethod
    def send_joined(client, *messages):
        """Each message in a record of its own, all in one datagram."""
        for message in messages:
            client.wire.connection.send(message)
        client.wire.socket.send(client.wire.connection.bio_read(65535))

    def test_attack_51_records_that_cause_nothing_do_not_replace_what_another_sent(self):
        """Attackers by number, for the kernel spreads them over the workers."""
        victim, attackers = self.in_call(), [self.client() for _ in range(5)]
        for attacker in attackers:
            self.assertEqual(attacker.ask(Message(stun.BINDING)).code, 200)
        junk = [stun.channel_data(0x4ABC, b"A" * 60)] * 64
        for _ in range(5):
            with self.standing_still():
                victim.send_channel(0x4000, b"V" * 60)
                for attacker in attackers:
                    self.send_joined(attacker, *junk)
            self.assertEqual(victim.receive(), (0x4000, b"V" * 60))

    def test_attack_51_ones_own_peer_does_not_get_what_another_sent(self):
        victim, attackers = self.in_call(), [self.in_call() for _ in range(5)]
        for _ in range(5):
            with self.standing_still():
                for attacker in attackers:
                    self.send_joined(attacker, stun.channel_data(0x4000, b"A" * 60),
                                     *[stun.channel_data(0x4ABC, b"J" * 60)] * 63)
                victim.send_channel(0x4000, b"V" * 60)
            for attacker in attackers:
                self.assertEqual(attacker.receive(), (0x4000, b"A" * 60))
            self.assertEqual(victim.receive(), (0x4000, b"V" * 60))

    def test_attack_51_answers_by_the_hundred_replace_nobodys(self):
        victim, attackers = self.in_call(), [self.client() for _ in range(5)]
        for attacker in attackers:
            self.assertEqual(attacker.ask(Message(stun.BINDING)).code, 200)
        for _ in range(5):
            asked = Message(stun.BINDING)
            with self.standing_still():
                victim.wire.send(asked.octets())
                for attacker in attackers:
                    self.send_joined(attacker, *(Message(stun.BINDING).octets() for _ in range(150)))
            self.assertEqual(victim.answer_to(asked.transaction).code, 200)
            for attacker in attackers:
                for _ in range(150):
                    self.assertEqual(attacker.wire.receive()[:2], b"\1\1")

    # -- 57: work for one client, one turn at a time
    def test_attack_57_datagrams_full_of_records_hold_nobody_up(self):
        """400 records in each, three datagrams of each of ten clients; another's request stands behind them."""
        victim = self.client()
        self.assertEqual(victim.ask(Message(stun.BINDING)).code, 200)
        attackers = [self.in_call((self.peer[0], SILENT_PORT)) for _ in range(10)]

        def flood():
            for attacker in attackers * 3:
                self.send_joined(attacker, *[stun.channel_data(0x4000, b"")] * 400)
        self.assert_prompt(min(self.seconds_behind(victim, flood) for _ in range(5)))

    def test_attack_57_records_that_nobody_can_read_hold_nobody_up(self):
        """From anybody who knows a client's address; 440 fill what OpenSSL reads at once."""
        victim = self.client()
        attackers = [self.client() for _ in range(10)]
        for client in (victim, *attackers):
            self.assertEqual(client.ask(Message(stun.BINDING)).code, 200)
        junk = b"".join(b"\x17\xfe\xfd\0\1" + number.to_bytes(6, "big") + b"\0\x18" + bytes(24) for number in range(440))

        def flood():
            for attacker in attackers * 3:
                attacker.wire.socket.send(junk)
        self.assert_prompt(min(self.seconds_behind(victim, flood) for _ in range(5)))

    # -- 98: handshakes begun without end
    def test_attack_98_handshakes_without_end_hold_nobody_up(self):
        """Each hello has a cookie of its own and costs a signature; attackers by number, as the workers are."""
        victim = self.client()
        self.assertEqual(victim.ask(Message(stun.BINDING)).code, 200)
        flood_of = {sock: [self.hello_with_cookie(sock) for _ in range(60)] for sock in (self.udp() for _ in range(5))}

        def flood():
            for sock, hellos in flood_of.items():
                for octets in hellos:
                    sock.send(octets)
        with self.counts("dtls_handshakes", "rate"):
            self.assert_prompt(min(self.seconds_behind(victim, flood) for _ in range(5)))

    # -- 99: what somebody can do to a call who hears its datagrams and sends in the client's name
    def overheard_call(self):
        sock = Overheard(self.world.net.host("attacker").socket(timeout=5))
        client = turn_client.TurnClient(turn_client.DtlsWire(sock, self.target.address("udp")), "carol",
                                        "carol's password")
        self.addCleanup(client.wire.close)
        self.addCleanup(self._release, client)
        self.assertEqual(client.allocate().code, 200)
        self.assertEqual(client.bind(0x4000, self.peer).code, 200)
        return client, sock

    def assert_call_goes_on(self, client):
        client.send_channel(0x4000, b"still here")
        self.assertEqual(client.receive(), (0x4000, b"still here"))
        self.assertEqual(client.refresh().code, 200)

    def test_attack_99_an_overheard_cookie_ends_no_call(self):
        client, sock = self.overheard_call()
        said = [octets for octets in sock.sent if octets[0] == HANDSHAKE and octets[13] == CLIENT_HELLO][-1]
        with self.counts("dtls_handshakes", "cookie_sent", at_least=5):
            for _ in range(5):
                sock.send(said[:RANDOM_AT] + os.urandom(32) + said[RANDOM_AT + 32:])
                self.assert_call_goes_on(client)

    def test_attack_99_a_handshake_that_is_never_done_ends_no_call(self):
        """Who hears the cookie that the client is sent for another hello can begin; ours waits for the end."""
        client, sock = self.overheard_call()
        with self.counts("dtls_handshakes", "failed", at_least=2):
            for _ in range(2):
                sock.send(self.hello_with_cookie(sock))
                self.assert_call_goes_on(client)
                time.sleep(1.5)
                self.assert_call_goes_on(client)

    def test_attack_99_a_restarted_client_gets_through(self):
        client, sock = self.overheard_call()
        again = turn_client.TurnClient(turn_client.DtlsWire(sock, self.target.address("udp")), "carol",
                                       "carol's password")
        self.assertEqual(again.allocate().code, 200)
        again.refresh(0)
        client.relayed = []

    # -- 100: strangers that talk
    def test_attack_100_a_stranger_that_talks_is_not_served_for_ever(self):
        client = self.client()
        started = time.monotonic()
        with contextlib.suppress(turn_client.Closed):
            while client.ask(Message(stun.BINDING), 1).code == 200 and time.monotonic() - started < 10:
                time.sleep(0.3)
        self.assertLess(time.monotonic() - started, 6)
