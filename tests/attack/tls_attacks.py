"""Attacks on TLS itself: items 39, 48, 53 and 56 of the list."""

import contextlib
import os
import socket
import ssl
import time

import turn_client
import turn_message as stun
import world
from stream_attacks import SLACK_SECONDS, SLOW_SECONDS
from turn_message import Message
from world import Attack


def context_of(version=None, ciphers=None):
    context = turn_client.tls_context()
    context.set_ciphers(f"{ciphers or 'ALL'}:@SECLEVEL=0")
    if version:
        context.minimum_version = context.maximum_version = version
    return context


class TlsAttack(Attack):
    def plain(self):
        """A TCP connection to the TLS port."""
        wire = turn_client.connect("tcp", self.world.net.host("attacker"), self.target.address("tls"))
        self.addCleanup(wire.close)
        return wire

    def expect_refused(self, context, server_name=None):
        plain = self.plain()
        with self.counts("connections", "tls_failed"), self.assertRaises((ssl.SSLError, OSError)):
            context.wrap_socket(plain.socket, server_hostname=server_name).recv(1)

    def s_client(self, *options, typed=""):
        address, port = self.target.address("tls")
        keys = f"(sleep 0.3; printf '{typed}'; sleep 0.7)"
        command = f"{keys} | exec openssl s_client -connect {address}:{port} {' '.join(options)}"
        return self.world.net.host("attacker").run(["sh", "-c", command], 10)[1]

    def test_attack_48_old_versions_are_refused(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.subTest(version), self.ignored_deprecation():
                self.expect_refused(context_of(version))
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                stream = context_of(version).wrap_socket(self.plain().socket)
                stream.sendall(Message(stun.BINDING).octets())
                self.assertTrue(stream.recv(100))
                stream.close()

    @staticmethod
    def ignored_deprecation():
        import warnings
        quiet = warnings.catch_warnings()
        quiet.__enter__()
        warnings.simplefilter("ignore", DeprecationWarning)
        stack = contextlib.ExitStack()
        stack.push(quiet)
        return stack

    def test_attack_48_weak_ciphers_are_refused(self):
        for ciphers in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-NULL-SHA", "aNULL", "DHE-RSA-AES128-SHA",
                        "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA",
                        "ECDHE-ECDSA-AES256-CCM8", "ECDHE-ECDSA-AES128-CCM"):
            with self.subTest(ciphers):
                try:
                    context = context_of(ssl.TLSVersion.TLSv1_2, ciphers)
                except ssl.SSLError:
                    continue  # OpenSSL here does not even know it
                self.expect_refused(context)

    def test_attack_48_renegotiation_is_refused(self):
        with self.counts("connections", "tls_failed", at_least=0):
            output = self.s_client("-tls1_2", "-legacy_renegotiation", typed="R\\n")
        self.assertIn("RENEGOTIATING", output)
        self.assertRegex(output, "no renegotiation|unexpected message|handshake failure|no_renegotiation")
        self.assertNotIn("Compression: zlib", output)

    def test_attack_48_unknown_names_and_protocols_are_no_reason(self):
        for name in ("a" * 60 + ".example", "127.0.0.1", "x" * 63 + "." + "y" * 63):
            stream = turn_client.tls_context().wrap_socket(self.plain().socket, server_hostname=name)
            stream.sendall(Message(stun.BINDING).octets())
            self.assertTrue(stream.recv(100), name)
            stream.close()
        context = turn_client.tls_context()
        context.set_alpn_protocols(["smtp", "x" * 255])
        stream = context.wrap_socket(self.plain().socket)
        self.assertIsNone(stream.selected_alpn_protocol())
        stream.sendall(Message(stun.BINDING).octets())
        self.assertTrue(stream.recv(100))
        stream.close()

    def test_attack_48_plain_words_on_the_tls_port(self):
        with self.counts("connections", "plain_where_tls_required", at_least=2):
            for octets in (Message(stun.BINDING).octets(), b"GET / HTTP/1.1\r\n\r\n"):
                wire = self.plain()
                wire.send_raw(octets)
                self.assertTrue(wire.is_closed(within=1))

    def test_attack_48_tls_in_tls(self):
        with self.counts("connections", "tls_in_tls"):
            wire = self.wire()
            wire.send_raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            self.assertTrue(wire.is_closed(within=1))

    def hello(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        with contextlib.suppress(ssl.SSLWantReadError):
            turn_client.tls_context().wrap_bio(incoming, outgoing).do_handshake()
        return outgoing.read()

    def test_attack_39_handshakes_that_stall(self):
        hello = self.hello()
        cuts = (1, 3, 5, 6, 50, len(hello) - 1, len(hello))
        stalled = []
        with self.counts("connections", "deadline", at_least=10):
            for cut in cuts * 5:
                wire = self.plain()
                wire.send_raw(hello[:cut])
                stalled.append((cut, wire.socket))
            deadline = time.monotonic() + SLOW_SECONDS + SLACK_SECONDS
            for cut, sock in stalled:
                with contextlib.suppress(ConnectionError):
                    while True:
                        sock.settimeout(max(deadline - time.monotonic(), 1e-6))
                        if not sock.recv(4096):
                            break

    def test_attack_53_a_hello_that_does_not_end(self):
        """OpenSSL would take 128 KB of it from each; a record of one octet costs six."""
        long = b"\x16\x03\x01\x40\x00\x01\x01\xf0\x00"
        tiny = b"\x16\x03\x01\0\1\x01" + b"".join(b"\x16\x03\x01\0\1" + bytes([octet]) for octet in (0, 0x1f, 0xf0))
        for octets in (long + bytes(16_000), tiny + b"\x16\x03\x01\0\1x" * 3000):
            with self.counts("connections", "tls_failed"):
                wire = self.plain()
                with contextlib.suppress(turn_client.Closed):
                    wire.send_raw(octets)
                self.assertTrue(wire.is_closed(within=1))

    def test_attack_56_a_hundred_handshakes_at_once(self):
        """Each is a signature: they are done few by few, and somebody else's is not last."""
        hello = self.hello()
        memory = self.target.memory()
        wires = [self.plain() for _ in range(200)]
        with self.counts("connections", "deadline", at_least=100):  # of those whose turn did not come
            for wire in wires:
                wire.send_raw(hello)
            started = time.monotonic()
            other = turn_client.connect("tls", self.world.net.host("accomplice"), self.target.address("tls"))
            self.addCleanup(other.close)
            other.send(Message(stun.BINDING).octets())
            self.assertTrue(other.receive())
            if not world.SANITIZED:
                self.assertLess(time.monotonic() - started, 0.3)
            self.assertLess(self.target.memory(), memory + (4 << 20))
            time.sleep(SLOW_SECONDS + 0.5)
        for wire in wires:
            wire.close()

    def test_attack_39_a_hello_in_single_octets(self):
        """Slow but whole: the handshake goes on."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = turn_client.tls_context().wrap_bio(incoming, outgoing)
        wire = self.plain()
        done = False
        while not done:
            try:
                session.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                pass
            for octet in outgoing.read():
                wire.send_raw(bytes([octet]))
            if not done:
                incoming.write(wire.socket.recv(65536))
        session.write(Message(stun.BINDING).octets())
        wire.send_raw(outgoing.read())
        while True:
            incoming.write(wire.socket.recv(65536))
            with contextlib.suppress(ssl.SSLWantReadError):
                self.assertEqual(session.read(2), b"\1\1")
                break

    def broken_records(self):
        yield b"\x17\x03\x03\x00\x20" + os.urandom(32)  # does not decrypt
        yield b"\x17\x03\x03\xff\xff" + bytes(100)  # longer than a record may be
        yield b"\x15\x03\x03\x00\x02\x01\x00"  # a forged close_notify
        yield b"\x16\x03\x03\x00\x04\x01\x00\x00\x00"  # a forged handshake
        yield Message(stun.BINDING).octets()
        yield b"GET / HTTP/1.1\r\n\r\n"

    def test_attack_48_octets_from_outside_the_session_end_it(self):
        """Injected on the path: the session ends, for it cannot be trusted any more; nothing of it is obeyed."""
        for octets in self.broken_records():
            client = self.allocated()
            before = self.target.allocations()
            descriptor = os.dup(client.wire.socket.fileno())
            raw = socket.socket(fileno=descriptor)
            raw.sendall(octets)
            raw.close()
            if octets[:3] == b"\x17\x03\x03" and len(octets) > 100:
                continue  # waits for the rest, as it should
            self.wait_until(lambda: self.target.allocations() < before, "the allocation outlives its session")
            client.relayed = []

    def test_attack_48_words_after_goodbye_are_not_heard(self):
        client = self.allocated()
        before = self.target.allocations()
        raw = client.wire.socket.unwrap()  # close_notify both ways
        with contextlib.suppress(OSError):
            raw.sendall(Message(stun.BINDING).octets() + b"\x17\x03\x03\x00\x20" + os.urandom(32))
        self.wait_until(lambda: self.target.allocations() < before, "the allocation outlives its session")
        raw.settimeout(1)
        with contextlib.suppress(OSError):
            self.assertEqual(raw.recv(100), b"")
        raw.close()
        client.relayed = []
