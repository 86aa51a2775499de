"""Attacks on streams, TCP or TLS: items 27, 39, 40, 43, 48, 53 and 57 of the list."""

import contextlib
import os
import random
import resource
import select
import socket
import struct
import time

import turn_client
import turn_message as stun
from turn_client import Closed
from turn_message import Message, channel_data
from world import SILENT_PORT, SMALL_CONNECTIONS, Attack

PROXY_V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + socket.inet_aton("203.0.113.99") + b"\xcb\0\x71\x0a" + bytes(4)
SLOW_SECONDS = 1.0  # first_message_deadline and handshake_deadline of these servers
UNAUTHENTICATED_SECONDS = 3.0
SLACK_SECONDS = 1.5


class StreamAttack(Attack):
    def test_fragmentation_at_every_octet(self):
        """A whole call with each octet in a segment of its own."""
        client = self.client()
        whole = client.wire.send
        client.wire.send = lambda octets: [client.wire.send_raw(bytes([octet])) for octet in stun.padded(octets)]
        self.assertEqual(client.allocate().code, 200)
        self.assertEqual(client.bind(0x4000, self.peer).code, 200)
        for octets in range(6):
            client.send_channel(0x4000, b"x" * octets)
            self.assertEqual(client.receive(), (0x4000, b"x" * octets))
        client.wire.send = whole
        self.assertEqual(client.refresh().code, 200)

    def test_fragmentation_into_two_at_every_octet(self):
        client = self.allocated()
        self.assertEqual(client.bind(0x4000, self.peer).code, 200)
        octets = Message(stun.BINDING).octets() + stun.padded(channel_data(0x4000, b"split")) + Message(
            stun.REFRESH).sign(client.login).octets()
        for at in range(1, len(octets)):
            client.wire.send_raw(octets[:at])
            time.sleep(0.001)
            client.wire.send_raw(octets[at:])
            frames = [client.wire.receive() for _ in range(3)]
            self.assertIn(channel_data(0x4000, b"split"), frames)
            self.assertEqual(sum(frame[:1] == b"\1" for frame in frames), 2)

    def test_hundreds_of_requests_in_one_write(self):
        client = self.allocated()
        client.wire.send_raw(b"".join(Message(stun.BINDING).octets() for _ in range(600)))
        self.assertEqual(sum(client.wire.receive() is not None for _ in range(600)), 600)

    def test_attack_27_lengths_near_65535_wait_for_their_octets(self):
        """Once 0xffec + 20 wrapped to nothing, and the server turned round it for ever."""
        for length in range(0xFFE8, 0x10000, 4):
            client = self.allocated()
            client.wire.send_raw(struct.pack("!HH", 1, length) + stun.COOKIE + b"twelve bytes")
            before = self.target.cpu_seconds()
            self.assertIsNone(client.wire.receive(0.05))
            self.assertLess(self.target.cpu_seconds() - before, 0.05)
            client.wire.send_raw(bytes(length))  # attributes of no length: far too many
            self.assertEqual(client.answers_before_fence(), [])

    def test_attack_53_a_stranger_may_not_send_what_takes_much_to_hold(self):
        """A frame of 64 KB is kept for who has an allocation; anybody else is closed at 4 KB of it."""
        memory = self.target.memory()
        for _ in range(60):
            client = self.client()
            self.assertEqual(client.ask(Message(stun.BINDING)).code, 200)
            client.wire.send_raw(struct.pack("!HH", 1, 2000) + stun.COOKIE + b"twelve bytes" + bytes(1000))
            self.assertEqual(client.wire.is_closed(within=0.01), False)
            with contextlib.suppress(Closed):
                client.wire.send_raw(bytes(1000) + struct.pack("!HH", 1, 0xFFFC) + stun.COOKIE + bytes(60_000))
            self.assertTrue(client.wire.is_closed(within=2))
        self.assertLess(self.target.memory(), memory + (1 << 20))

    def test_attack_27_channel_data_lengths_keep_in_step(self):
        client = self.allocated()
        self.assertEqual(client.bind(0x4000, self.peer).code, 200)
        for length in (0, 1, 3, 0xFFFC, 0xFFFD, 0xFFFF):
            client.wire.send_raw(struct.pack("!HH", 0x4000, length) + bytes(length + -length % 4))
            if length < 4:
                self.assertEqual(client.receive(), (0x4000, bytes(length)))
            self.assertEqual(client.ask(Message(stun.BINDING)).code, 200)
        # A length that lies swallows what follows as data; nothing of it is taken for a request.
        lie = Message(stun.REFRESH).lifetime(0).sign(client.login).octets()
        client.wire.send_raw(struct.pack("!HH", 0x4000, len(lie)) + lie)
        self.assertEqual(client.receive(), (0x4000, lie))
        self.assertEqual(client.refresh().code, 200)

    def test_attack_27_out_of_step_is_closed(self):
        for broken in (b"\x80\0\0\0", b"\xff" * 20, b"\0\1\0\1" + stun.COOKIE + b"twelve bytes",
                       b"\0\1\0\0nope" + bytes(12),
                       b"GET / HTTP/1.1\r\n\r\n"[:4] + b"\xff" * 70000):
            client = self.allocated()
            with contextlib.suppress(Closed):
                client.wire.send_raw(broken)
            self.assertTrue(client.wire.is_closed(within=2), broken[:8])
            client.relayed = []

    def test_attack_40_a_client_that_does_not_read(self):
        """The peer sends 60 MB to it. The queue is bounded, whole frames are dropped, and the rest stays in step."""
        client = self.allocated()
        client.wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.assertEqual(client.bind(0x4000, (self.peer[0], 7100)).code, 200)
        sender = self.world.peer.socket()
        self.addCleanup(sender.close)
        sender.bind((self.peer[0], 7100))
        memory = self.target.memory()
        with self.counts("stream_dropped_messages", at_least=1000):
            for number in range(50000):
                sender.sendto(struct.pack("!I", number) + bytes(1196), client.relayed[0])
        self.assertLess(self.target.memory(), memory + (2 << 20))
        self.assertEqual(self.world.innocents["server"].check(), [])
        numbers = []
        while (received := client.receive(0.5)) is not None:
            self.assertEqual((received[0], len(received[1])), (0x4000, 1200))
            numbers.append(struct.unpack("!I", received[1][:4])[0])
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual(client.refresh().code, 200)  # replies have room of their own

    def test_attack_40_a_client_that_asks_and_does_not_read(self):
        client = self.allocated()
        client.wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        memory = self.target.memory()
        requests = b"".join(Message(stun.BINDING).octets() for _ in range(500))
        client.wire.socket.setblocking(False)
        deadline = time.monotonic() + 2
        sent = 0
        while time.monotonic() < deadline and sent < 20 << 20:
            try:
                sent += client.wire.socket.send(requests)
            except (BlockingIOError, OSError):
                select.select([], [client.wire.socket], [], 0.1)
        self.assertLess(self.target.memory(), memory + (2 << 20))
        client.relayed = []

    def seconds_behind_frames(self, victim, frames):
        """As seconds_behind(): 16 kB of each client's frame, which the kernel takes for a server that stands still. The
        best of five."""
        def flood():
            for attacker, frame in frames:
                attacker.wire.send_raw(stun.padded(frame) * ((16 << 10) // len(stun.padded(frame))))
        return min(self.seconds_behind(victim, flood) for _ in range(5))

    def test_attack_57_empty_frames_hold_nobody_up(self):
        """4000 of each of ten clients, and another's request behind them."""
        frames = [(self.in_call((self.peer[0], SILENT_PORT)), channel_data(0x4000, b"")) for _ in range(10)]
        self.assert_prompt(self.seconds_behind_frames(self.client(), frames))

    def test_attack_57_requests_by_the_hundred_hold_nobody_up(self):
        attackers = [self.allocated() for _ in range(10)]
        frames = [(attacker, Message(stun.REFRESH).sign(attacker.login).octets()) for attacker in attackers]
        self.assert_prompt(self.seconds_behind_frames(self.client(), frames))

    def test_attack_39_slow_on_every_stage(self):
        """Ten of each sort at once; every one is closed by the deadline of its stage."""
        binding = Message(stun.BINDING).octets()
        first = {"silent": b"", "half a header": binding[:10], "a cookie": binding[:8],
                 "a length only": b"\0\1\xff\xfc" + binding[4:],
                 "half a GET": b"GE", "half a request line": b"GET /",
                 "half an HTTP header": b"GET / HTTP/1.1\r\nHost: a",
                 "an HTTP body that never comes": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"}
        if self.transport == "tcp":
            first.update({"half a PROXY header": PROXY_V2[:9], "half a ClientHello": b"\x16\x03\1\2\0\1\0\1\xfc\3\3"})
        stalled = []
        with self.counts("connections", "deadline", at_least=10):
            for what, octets in first.items():
                for _ in range(10):
                    wire = self.wire()
                    if octets:
                        wire.send_raw(octets)
                    stalled.append((what, wire))
            started = time.monotonic()
            for what, wire in stalled:
                self.assert_closes(wire, what, started + 10 * SLOW_SECONDS + SLACK_SECONDS)
        for what, wire in stalled:
            if "HTTP" not in what and "GET" not in what:
                self.assertLess(wire.closed_at - started, SLOW_SECONDS + SLACK_SECONDS, what)

    def assert_closes(self, wire, what, deadline):
        while time.monotonic() < deadline:
            wire.socket.settimeout(max(deadline - time.monotonic(), 1e-6))
            try:
                if not wire.socket.recv(4096):
                    break
            except TimeoutError:
                self.fail(f"still open: {what}")
            except OSError:
                break
        wire.closed_at = time.monotonic()

    def test_attack_39_an_octet_now_and_then_puts_nothing_off(self):
        wire = self.wire()
        started = time.monotonic()
        with contextlib.suppress(Closed, OSError):
            for octet in Message(stun.ALLOCATE).transport().octets():
                wire.send_raw(bytes([octet]))
                if wire.is_closed(within=0.2):
                    break
        self.assertLess(time.monotonic() - started, SLOW_SECONDS + SLACK_SECONDS)

    def test_attack_39_asking_without_ever_logging_in_ends(self):
        client = self.client()
        started = time.monotonic()
        with contextlib.suppress(Closed):
            while time.monotonic() - started < UNAUTHENTICATED_SECONDS + 2 * SLACK_SECONDS:
                client.challenge()
                time.sleep(0.1)
        self.assertLess(time.monotonic() - started, UNAUTHENTICATED_SECONDS + SLACK_SECONDS)

    def test_attack_39_connections_come_and_go(self):
        for number in range(150):
            wire = self.wire()
            if number % 3 == 0:
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            if number % 2:
                wire.send(Message(stun.BINDING).octets())
            wire.close()

    def test_attack_39_an_allocation_ends_with_its_stream(self):
        before = self.target.allocations()
        for number in range(10):
            client = self.allocated()
            if number % 2:
                client.wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.wire.close()
        self.wait_until(lambda: self.target.allocations() == before, "allocations outlive their streams")

    def test_attack_43_proxy_header_of_just_anybody(self):
        with self.counts("connections", "proxy_untrusted", at_least=2):
            for header in (PROXY_V2, b"PROXY TCP4 203.0.113.99 203.0.113.10 52000 3478\r\n"):
                with turn_client.connect("tcp", self.world.net.host("attacker"),
                                         self.target.address(self.transport)).socket as plain:
                    wire = turn_client.StreamWire(plain)
                    with contextlib.suppress(Closed):
                        wire.send_raw(header + Message(stun.BINDING).octets())
                    self.assertTrue(wire.is_closed(within=1))

    def expect_closed_without_echo(self, *parts, outcome=None):
        wire = self.wire()
        context = self.counts("connections", outcome) if outcome else contextlib.nullcontext()
        mark = os.urandom(8).hex().encode()
        received = b""
        with context:
            with contextlib.suppress(Closed, OSError):
                for part in parts:
                    wire.send_raw(part + mark)
            deadline = time.monotonic() + UNAUTHENTICATED_SECONDS + SLACK_SECONDS
            try:
                while True:
                    wire.socket.settimeout(max(deadline - time.monotonic(), 1e-6))
                    got = wire.socket.recv(4096)
                    if not got:
                        break
                    received += got
            except TimeoutError:
                self.fail(f"still open: {parts[0][:20]}")
            except OSError:
                pass
        self.assertNotIn(mark, received)

    def test_attack_48_protocols_do_not_mix(self):  # ALPACA
        request = b"GET / HTTP/1.1\r\nHost: a\r\nX: "
        binding = Message(stun.BINDING).octets()
        self.expect_closed_without_echo(b"\x40\0\0\4", outcome="channel_data_first")
        self.expect_closed_without_echo(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", outcome="http2")
        self.expect_closed_without_echo(b"SSH-2.0-x\r\n", outcome="unknown_protocol")
        self.expect_closed_without_echo(b"EHLO x\r\n", outcome="channel_data_first")
        self.expect_closed_without_echo(b"\0\0\0\0\0\0\0\0", outcome="unknown_protocol")
        self.expect_closed_without_echo(binding + request)  # a request to one, hidden behind the other
        self.expect_closed_without_echo(request + b"\r\n\r\n" + binding)

    def test_random_octets_are_survived(self):
        chance = random.Random(2)
        for number in range(60):
            wire = self.wire()
            opening = (b"", Message(stun.BINDING).octets(), b"GET / HTTP/1.1\r\n", b"\x16\x03\x01")[number % 4]
            with contextlib.suppress(Closed):
                wire.send_raw(opening + chance.randbytes(chance.randrange(3000)))
            wire.close()


class ConnectionFlood(Attack):
    target_name = "small"

    def proxied(self):
        """A plain connection from the address that this server takes PROXY headers from."""
        wire = turn_client.connect("tcp", self.world.net.host("accomplice"),
                                   self.target.address(self.transport, ipv6=True))
        self.addCleanup(wire.close)
        return wire

    def test_attack_43_a_balancer_must_send_the_header(self):
        for outcome, octets in (("proxy_missing", Message(stun.BINDING).octets()),
                                ("proxy_missing", b"GET / HTTP/1.1\r\n"),
                                ("proxy_malformed", PROXY_V2[:12] + b"\x31\x11\0\x0c" + bytes(12)),
                                ("proxy_malformed", PROXY_V2[:14] + b"\xff\xff" + bytes(600)),
                                ("proxy_malformed", b"PROXY TCP4 203.0.113.99 a 1 2\r\n"),
                                ("proxy_malformed", b"PROXY TCP4 " + b"1" * 200)):
            with self.counts("connections", outcome):
                wire = self.proxied()
                with contextlib.suppress(Closed):
                    wire.send_raw(octets)
                self.assertTrue(wire.is_closed(within=1), octets)

    def test_control_43_the_address_in_the_header_counts(self):
        header = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + socket.inet_aton("198.51.100.7")
                  + socket.inet_aton(self.target.host.ipv4) + struct.pack("!HH", 52000, 3478))
        wire = self.proxied()
        wire.send_raw(header)
        if self.transport == "tls":
            wire = turn_client.StreamWire(turn_client.tls_context().wrap_socket(wire.socket))
            self.addCleanup(wire.close)
        answer = turn_client.TurnClient(wire, "", "").ask(Message(stun.BINDING))
        self.assertEqual(answer.addresses("XOR-MAPPED-ADDRESS"), [("198.51.100.7", 52000)])

    def test_attack_39_no_descriptors_left(self):
        """New connections are turned away; those that are there go on, and afterwards everybody is served."""
        limits = resource.prlimit(self.target.pid, resource.RLIMIT_NOFILE)
        with self.counts("connections", "out_of_descriptors"):
            try:
                resource.prlimit(self.target.pid, resource.RLIMIT_NOFILE, (self.target.descriptors() + 4, limits[1]))
                for _ in range(12):
                    with contextlib.suppress(OSError):
                        self.wire()
                self.assertEqual(self.world.innocents["small"].check(), [])
            finally:
                resource.prlimit(self.target.pid, resource.RLIMIT_NOFILE, limits)
        time.sleep(SLOW_SECONDS)
        self.assertEqual(self.client("accomplice", host="accomplice").ask(Message(stun.BINDING)).code, 200)

    def test_attack_39_connections_of_one_source_are_bounded(self):
        wires, refused = [], 0
        with self.counts("connections", "per_source_limit", at_least=30):
            for _ in range(SMALL_CONNECTIONS + 30):
                try:
                    wires.append(self.wire())
                except OSError:
                    refused += 1
            if self.transport == "tcp":  # the kernel has accepted before the server could look
                time.sleep(0.3)
                refused = sum(wire.is_closed(within=0.005) for wire in wires)
        self.assertEqual(refused, 30)
        self.assertEqual(self.wire("accomplice").is_closed(within=0.1), False)
