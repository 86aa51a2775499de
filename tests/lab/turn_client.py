"""A TURN client by hand over UDP, TCP, TLS or DTLS, for tests that look at single packets. Messages: turn_message.py.

    wire = turn_client.connect("tls", host, (server.ipv4, 443))
    client = turn_client.TurnClient(wire, "alice", "secret")
    client.allocate(); client.permit(peer); client.send(peer, b"hello"); client.receive()

Nothing is repeated and nothing refreshed by itself. Waiting is bounded by `wire.timeout` seconds.
"""

import collections
import contextlib
import select
import socket
import ssl
import struct
import time

import turn_message as stun
from turn_message import Answer, Message, Silence

STREAMS = ("tcp", "tls")
TIMEOUT_SECONDS = 5.0


class Closed(Exception):
    """The server has closed the connection."""


class DirtyPadding(ValueError):
    """The padding of a frame holds something other than zeros."""


class DatagramWire:
    """UDP: one datagram is one message."""
    is_stream = False
    timeout = TIMEOUT_SECONDS

    def __init__(self, sock, server):
        self.socket = sock
        self.server = server
        self.socket.connect(server)

    def send(self, octets):
        with contextlib.suppress(ConnectionRefusedError):  # of an ICMP error about an earlier one
            self.socket.send(octets)

    def receive(self, timeout=None):
        """One message, or None when none came in time."""
        self.socket.settimeout(max(self.timeout if timeout is None else timeout, 1e-6))
        try:
            return self.socket.recv(65535)
        except (TimeoutError, BlockingIOError, ConnectionRefusedError):
            return None

    @property
    def local(self):
        return self.socket.getsockname()[:2]

    def close(self):
        self.socket.close()


class StreamWire:
    """TCP or TLS: frames as RFC 8656 section 12.5 has them, ChannelData padded to four octets."""
    is_stream = True
    timeout = TIMEOUT_SECONDS

    def __init__(self, sock):
        self.socket = sock
        self.unread = b""

    def send(self, octets):
        try:
            self.socket.settimeout(self.timeout)
            self.socket.sendall(stun.padded(octets))
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from None

    def send_raw(self, octets):
        try:
            self.socket.settimeout(self.timeout)
            self.socket.sendall(octets)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from None

    def _frame(self):
        if len(self.unread) < 4:
            return None
        first, length = struct.unpack("!HH", self.unread[:4])
        size = 4 + length if first & 0xC000 else stun.HEADER_BYTES + length
        consumed = size + -size % 4
        if len(self.unread) < consumed:
            return None
        frame, padding = self.unread[:size], self.unread[size:consumed]
        if any(padding):
            raise DirtyPadding(padding.hex())
        self.unread = self.unread[consumed:]
        return frame

    def receive(self, timeout=None):
        """One frame, or None when none came in time; Closed after the last."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while (frame := self._frame()) is None:
            self.socket.settimeout(max(deadline - time.monotonic(), 1e-6))
            try:
                received = self.socket.recv(65536)
            except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
                return None
            except (ConnectionError, ssl.SSLError) as error:
                raise Closed(str(error)) from None
            if not received:
                raise Closed("end of stream")
            self.unread += received
        return frame

    def is_closed(self, within):
        """Whether the server closes the connection within so many seconds."""
        try:
            deadline = time.monotonic() + within
            while time.monotonic() < deadline:
                self.receive(deadline - time.monotonic())
        except Closed:
            return True
        return False

    @property
    def local(self):
        return self.socket.getsockname()[:2]

    def close(self):
        self.socket.close()


class DtlsWire:
    """DTLS 1.2 by OpenSSL: one record is one message (RFC 7350)."""
    is_stream = False
    timeout = TIMEOUT_SECONDS

    def __init__(self, sock, server):
        from OpenSSL import SSL  # here: Debian's python3-openssl is needed by nobody else
        self._ssl = SSL
        self.socket = sock
        self.socket.connect(server)
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_verify(SSL.VERIFY_NONE)
        self.connection = SSL.Connection(context)
        self.connection.set_connect_state()
        self.connection.set_ciphertext_mtu(1200)
        self._handshake()

    def _handshake(self):
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                self.connection.do_handshake()
                return self._flush()
            except self._ssl.WantReadError:
                self._flush()
            if not self._pump(0.5) and time.monotonic() > deadline:
                raise TimeoutError("DTLS handshake")

    def _flush(self):
        with contextlib.suppress(self._ssl.WantReadError):
            while True:
                self.socket.send(self.connection.bio_read(65535))

    def _pump(self, timeout):
        if not select.select([self.socket], [], [], max(timeout, 0))[0]:
            return False
        with contextlib.suppress(ConnectionRefusedError):
            self.connection.bio_write(self.socket.recv(65535))
        return True

    def send(self, octets):
        if not octets:  # OpenSSL has no empty records
            return
        try:
            self.connection.send(octets)
        except self._ssl.Error as error:
            raise Closed(str(error)) from None
        self._flush()

    def receive(self, timeout=None):
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            try:
                return self.connection.recv(65535)
            except self._ssl.WantReadError:
                self._flush()
            except (self._ssl.ZeroReturnError, self._ssl.Error) as error:
                raise Closed(str(error)) from None
            if not self._pump(deadline - time.monotonic()):
                return None

    @property
    def local(self):
        return self.socket.getsockname()[:2]

    def close(self):
        with contextlib.suppress(self._ssl.Error, OSError):
            self.connection.shutdown()
            self._flush()
        self.socket.close()


def tls_context():
    """Takes any certificate: what these tests judge is not the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_TLS = tls_context()


def connect(transport, host, server, bind=None):
    """A wire from `host` of the lab to `server`, an (address, port); `bind`: from that (address, port)."""
    kind = socket.SOCK_STREAM if transport in STREAMS else socket.SOCK_DGRAM
    sock = host.socket(socket.AF_INET6 if ":" in server[0] else socket.AF_INET, kind, timeout=TIMEOUT_SECONDS)
    try:
        if bind:
            sock.bind(bind)
        if transport == "udp":
            return DatagramWire(sock, server)
        if transport == "dtls":
            return DtlsWire(sock, server)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(server)
        return StreamWire(_TLS.wrap_socket(sock) if transport == "tls" else sock)
    except BaseException:
        sock.close()
        raise


class TurnClient:
    """One 5-tuple and the login used on it. Requests return an Answer, or Silence when none came in time."""

    def __init__(self, wire, user, password):
        self.wire = wire
        self.login = stun.Login(user, password)
        self.relayed = []
        self._data = collections.deque()  # what came while an answer was waited for

    # -- any message
    def ask(self, message, timeout=None):
        """Sends it and waits for the answer to its transaction."""
        self.wire.send(message.octets())
        return self.answer_to(message.transaction, timeout)

    def answer_to(self, transaction, timeout=None):
        deadline = time.monotonic() + (self.wire.timeout if timeout is None else timeout)
        while (left := deadline - time.monotonic()) > 0 and (frame := self.wire.receive(left)) is not None:
            if frame[:1] and not frame[0] & 0xC0 and frame[8:20] == transaction:
                return Answer(frame)
            self._data.append(frame)
        return Silence()

    def answers_before_fence(self):
        """Whatever was sent before has been dealt with once a later Binding request is answered: returns the
        other messages that came until then. Where an answer must not come, this waits no longer than needed."""
        fence = Message(stun.BINDING)
        came_before = len(self._data)
        answer = self.ask(fence)
        if answer.code != 200:
            raise AssertionError("the server does not answer a Binding request")
        others = [self._data.pop() for _ in range(len(self._data) - came_before)]
        return others[::-1]

    # -- authenticated requests
    def challenge(self, method=stun.ALLOCATE):
        answer = self.ask(Message(method).transport() if method == stun.ALLOCATE else Message(method))
        self.heed(answer)
        return answer

    def heed(self, answer):
        """Takes realm, nonce and offered algorithms from a 401 or 438."""
        if answer.code in (401, 438):
            self.login.nonce = answer.get("NONCE")
            self.login.realm = answer.get("REALM").decode()
            self.login.offered = answer.get("PASSWORD-ALGORITHMS")

    def request(self, method, fill=None, login=None):
        """Signed; `fill(message)` adds attributes before the signature. Takes up one 438, as clients must."""
        if not self.login.nonce:
            self.challenge()
        for _ in range(2):
            message = Message(method)
            if fill:
                fill(message)
            answer = self.ask(message.sign(login or self.login))
            if login or answer.code != 438:
                break
            self.heed(answer)
        return answer

    def allocate(self, fill=None, login=None):
        def complete(message):
            message.transport()
            if fill:
                fill(message)
        answer = self.request(stun.ALLOCATE, complete, login)
        if answer.code == 200:
            self.relayed = answer.addresses("XOR-RELAYED-ADDRESS")
        return answer

    def refresh(self, lifetime=None, login=None):
        return self.request(stun.REFRESH, None if lifetime is None else lambda m: m.lifetime(lifetime), login)

    def permit(self, *peers):
        def fill(message):
            for peer in peers:
                message.peer(peer)
        return self.request(stun.CREATE_PERMISSION, fill)

    def bind(self, number, peer):
        return self.request(stun.CHANNEL_BIND, lambda m: m.channel(number).peer(peer))

    # -- data
    def send(self, peer, payload):
        """A Send indication."""
        self.wire.send(Message(stun.SEND, stun.INDICATION).peer(peer).add("DATA", payload).octets())

    def send_channel(self, number, payload):
        self.wire.send(stun.channel_data(number, payload))

    def receive(self, timeout=None):
        """The next payload from a peer: (channel number or (address, port), payload); None when none came."""
        deadline = time.monotonic() + (self.wire.timeout if timeout is None else timeout)
        while True:
            frame = self._data.popleft() if self._data else self.wire.receive(max(deadline - time.monotonic(), 0))
            if frame is None:
                return None
            if frame[0] & 0xC0:
                number, length = struct.unpack("!HH", frame[:4])
                return number, frame[4:4 + length]
            message = Answer(frame)
            if message.method == stun.DATA and message.get("DATA") is not None:
                return message.addresses("XOR-PEER-ADDRESS")[0], message.get("DATA")

    def close(self):
        self.wire.close()
