"""What a client holds of the server's memory before it has shown who it is, over every transport and at every stage: 20 kB
at most on average. Hundreds of clients stop where it costs most, and the growth of the process is divided by their
number, so that what comes from the pools, which end, is in it too."""
import base64
import contextlib
import os
import re
import socket
import ssl
import time
import unittest

from icebox_process import Icebox
from loopback_turn import client as turn_client_of
from turn_message import COOKIE

CLIENTS = 300
WARM_UP = 40  # what the first clients make the server allocate once
MOST_BYTES = 20_000
# OpenSSL 3.0 keeps the 16 kB in which it gathers handshake messages as long as a DTLS association lives, for whoever
# sends the last of them again; nobody outside can free it.
MOST_DTLS_BYTES = 40_000
NO_LIMITS = ("limits.connections_per_source=100000", "limits.http_requests_per_second=100000",
             "limits.handshake_deadline=60s", "limits.first_message_deadline=60s",
             "limits.unauthenticated_deadline=60s")

HALF_HEADER = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 16_000
HALF_BODY = b"POST /api/invitations/redeem HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n" + b"x" * 100_000
CHUNKS = b"POST /peerjs/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;" + b"x" * 15_000
HALF_FRAME = b"\0\1\xff\xfc" + COOKIE + b"twelve bytes" + bytes(60_000)
PIPELINED = b"GET /client/index.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 400
HUGE_RECORD = b"\x17\x03\x03\x40\x00" + bytes(16_000)


def peerjs(number):
    return (f"GET /peerjs/peerjs?key=peerjs&id=stranger-{number}&token=t HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n").encode()


HALF_MESSAGE = b"\x01\xff" + (60_000).to_bytes(8, "big") + bytes(4) + b"x" * 60_000


def hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing).do_handshake()
    return outgoing.read()


class StrangersMemory(unittest.TestCase):
    def setUp(self):
        self.icebox = Icebox(*NO_LIMITS)
        self.icebox.__enter__()
        self.addCleanup(self.icebox.__exit__)
        self.open = []
        self.addCleanup(lambda: [one.close() for one in self.open])

    def memory(self):
        with open(f"/proc/{self.icebox.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) * 1024

    def plain(self, number, scheme="tcp", receive_buffer=0):
        sock = socket.socket()
        self.open.append(sock)
        sock.settimeout(10)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.bind((f"127.0.0.{2 + number % 20}", 0))
        sock.connect(("127.0.0.1", self.icebox.port(scheme)))
        return sock

    def tls(self, number, receive_buffer=0):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        secured = context.wrap_socket(self.plain(number, "tls", receive_buffer))
        self.open.append(secured)
        return secured

    def connect(self, scheme, number, receive_buffer=0):
        return self.tls(number, receive_buffer) if scheme == "tls" else self.plain(number, scheme, receive_buffer)

    @staticmethod
    def push(sock, octets):
        """As much as the server takes."""
        sock.settimeout(0.05)
        with contextlib.suppress(OSError):
            while octets:
                octets = octets[sock.send(octets[:16_384]):]

    def check(self, stop_at, clients=CLIENTS, most=MOST_BYTES):
        """stop_at(number): one more client, kept open in self.open."""
        for number in range(WARM_UP):
            stop_at(number)
        time.sleep(0.3)
        before = self.memory()
        for number in range(WARM_UP, WARM_UP + clients):
            stop_at(number)
        time.sleep(0.5)
        each = (self.memory() - before) / clients
        print(f"    {self.id().rpartition('.')[2]}: {each / 1000:.1f} kB", flush=True)
        self.assertLess(each, most)

    def check_both(self, octets, receive_buffer=0):
        for scheme in ("tcp", "tls"):
            with self.subTest(scheme):
                self.check(lambda number, scheme=scheme: self.push(
                    self.connect(scheme, number, receive_buffer), octets))

    def test_silent(self):
        self.check_both(b"")

    def test_half_a_header(self):
        self.check_both(HALF_HEADER)

    def test_half_a_body(self):
        self.check_both(HALF_BODY)

    def test_a_chunk_extension_without_end(self):
        self.check_both(CHUNKS)

    def test_half_a_turn_frame(self):
        self.check_both(HALF_FRAME)

    def test_answers_that_nobody_reads(self):
        self.check_both(PIPELINED, receive_buffer=4096)

    def test_half_a_message_of_peerjs(self):
        def stop_at(scheme, number):
            sock = self.connect(scheme, number)
            sock.sendall(peerjs(number))
            self.assertIn(b" 101 ", sock.recv(4096))
            self.push(sock, HALF_MESSAGE)
        for scheme in ("tcp", "tls"):
            with self.subTest(scheme):
                self.check(lambda number, scheme=scheme: stop_at(scheme, number if scheme == "tcp" else number + 10_000))

    def test_half_a_client_hello(self):
        octets = hello()
        self.check(lambda number: self.push(self.plain(number, "tls"), octets[:-1]))
        tiny = b"".join(b"\x16\x03\x01\0\1" + bytes([octet]) for octet in octets)
        self.check(lambda number: self.push(self.plain(number, "tls"), tiny[:-1]))
        long = b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc" + bytes(16_000)
        self.check(lambda number: self.push(self.plain(number, "tls"), long))

    def test_a_handshake_without_answer(self):
        octets = hello()
        self.check(lambda number: self.push(self.plain(number, "tls"), octets))

    def test_half_a_tls_record(self):
        def stop_at(number):
            secured = self.tls(number)
            raw = socket.socket(fileno=os.dup(secured.fileno()))
            self.open.append(raw)
            self.push(raw, HUGE_RECORD)
        self.check(stop_at)

    def test_silent_over_dtls(self):
        """Their number is bounded too: 256 of a source in each worker."""
        def stop_at(number):
            self.open.append(turn_client_of(self.icebox, "", "", "dtls").wire)
        self.check(stop_at, clients=100, most=MOST_DTLS_BYTES)


if __name__ == "__main__":
    unittest.main()
