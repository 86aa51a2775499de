"""A TURN client for TCP relaying (RFC 6062) on plain sockets, so that every octet and every FIN is the test's own.

    control = Control(net.host("client"), server, "tls")
    relayed = control.allocate()
    data = control.open_data(control.connect(("203.0.113.20", 7000)))

Everything runs in one thread: whoever waits for one link pumps all of them.
"""

import collections
import hashlib
import hmac
import ipaddress
import os
import select
import socket
import ssl
import struct
import time

import turn_server

COOKIE = 0x2112A442
ALLOCATE, REFRESH, CREATE_PERMISSION, CONNECT, CONNECTION_BIND, CONNECTION_ATTEMPT = 3, 4, 8, 10, 11, 12
USERNAME, INTEGRITY, ERROR_CODE, LIFETIME, PEER, REALM, NONCE, RELAYED, FAMILY, TRANSPORT, CONNECTION_ID = (
    0x06, 0x08, 0x09, 0x0D, 0x12, 0x14, 0x15, 0x16, 0x17, 0x19, 0x2A)
SECONDS = 20
CHUNK = 64 * 1024


class Refused(Exception):
    """An error answer."""

    def __init__(self, code):
        super().__init__(f"error {code}")
        self.code = code


class Link:
    """A connection, plain or TLS, whose two directions end apart from each other."""

    all = []

    def __init__(self, sock, tls=None):
        self.socket = sock
        self.received = bytearray()
        self.ended = self.broken = False  # by the other side
        self.reading = True
        self._out = bytearray()
        self._ending = self._said_end = False
        self._tls = self._to_tls = self._from_tls = None
        sock.setblocking(False)
        Link.all.append(self)
        if tls:
            self._to_tls, self._from_tls = ssl.MemoryBIO(), ssl.MemoryBIO()
            self._tls = tls.wrap_bio(self._to_tls, self._from_tls, server_hostname=None)
            self._handshake()

    def send(self, octets):
        if self._tls:
            self._tls.write(octets)
            octets = self._from_tls.read()
        self._out += octets

    def end(self):
        """No more will be sent; what the other side sends still arrives."""
        if self._tls:
            try:
                self._tls.unwrap()
            except ssl.SSLWantReadError:
                pass
            self._out += self._from_tls.read()
        self._ending = True
        self._write()

    def close(self):
        if self in Link.all:
            Link.all.remove(self)
        self.socket.close()

    @property
    def unsent(self):
        return len(self._out)

    def wants_to_write(self):
        return bool(self._out) or (self._ending and not self._said_end)

    def on_ready(self, readable, writable):
        try:
            if writable:
                self._write()
            if readable:
                self._read()
        except OSError:
            self.broken = self.ended = True

    def _write(self):
        while self._out:
            try:
                del self._out[:self.socket.send(self._out[:CHUNK])]
            except BlockingIOError:
                return
        if self._ending and not self._said_end:
            self._said_end = True
            self.socket.shutdown(socket.SHUT_WR)

    def _read(self):
        octets = self.socket.recv(4 * CHUNK)
        self.ended = not octets
        if not self._tls:
            self.received += octets
            return
        self._to_tls.write(octets)
        try:
            while octets := self._tls.read(4 * CHUNK):
                self.received += octets
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self.ended = True

    def _handshake(self):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                self._tls.do_handshake()
                self._out += self._from_tls.read()
                return
            except ssl.SSLWantReadError:
                self._out += self._from_tls.read()
                self._write()
            select.select([self.socket], [], [], 1)
            try:
                self._to_tls.write(self.socket.recv(CHUNK))
            except BlockingIOError:
                pass
        raise TimeoutError("TLS handshake")


def pump(seconds=0.05):
    """Moves what can be moved on every link."""
    reading = {link.socket: link for link in Link.all if link.reading and not link.ended}
    writing = {link.socket: link for link in Link.all if link.wants_to_write() and not link.broken}
    readable, writable, _ = select.select(list(reading), list(writing), [], seconds)
    for sock in {*readable, *writable}:
        (reading.get(sock) or writing[sock]).on_ready(sock in readable, sock in writable)


def wait_for(holds, what, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        pump()


def connect_link(host, address, port, tls=None, source=None):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = host.socket(family, socket.SOCK_STREAM, timeout=SECONDS)
    if source:
        sock.bind(source)
    sock.connect((address, port))
    return Link(sock, tls)


class Listener:
    """A peer that waits for connections."""

    def __init__(self, host, address, port=0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = host.socket(family, socket.SOCK_STREAM, timeout=SECONDS)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((address, port))
        self._socket.listen()
        self.address = self._socket.getsockname()[:2]

    def accept(self):
        """The link, and where it comes from."""
        sock, source = self._socket.accept()
        return Link(sock), source[:2]

    def close(self):
        self._socket.close()


class Control:
    """The control connection of a client, and through it the allocation."""

    def __init__(self, host, server, transport, ipv6=False, user=turn_server.USER, password=turn_server.PASSWORD):
        self._host, self._user, self._password = host, user, password
        self._realm = self._nonce = None
        self._tls = None
        self._port = turn_server.PORT
        self._address = server.host.ipv6 if ipv6 else server.host.ipv4
        if transport == "tls":
            self._tls = ssl.create_default_context(cafile=server.ca)
            self._tls.check_hostname = False  # the CA is of this run, and the address is in the certificate
            self._port = turn_server.TLS_PORT
        self._attempts = collections.deque()
        self._answers = {}
        self.link = self.new_link()

    def new_link(self):
        return connect_link(self._host, self._address, self._port, self._tls)

    def allocate(self, family=None):
        """The relayed address."""
        wish = [(TRANSPORT, bytes([6, 0, 0, 0]))]
        if family:
            wish.append((FAMILY, bytes([family, 0, 0, 0])))
        return _address_in(self.request(ALLOCATE, wish), RELAYED)

    def permit(self, address):
        self.request(CREATE_PERMISSION, [(PEER, _peer(address, 0))])

    def refresh(self, lifetime):
        self.request(REFRESH, [(LIFETIME, struct.pack("!I", lifetime))])

    def connect(self, peer):
        """The id of the connection that the server made."""
        return self.finish_connect(self.start_connect(peer))

    def start_connect(self, peer):
        return self._send(self.link, CONNECT, [(PEER, _peer(*peer))])

    def finish_connect(self, transaction):
        return self._answer(self.link, transaction)[CONNECTION_ID]

    def next_attempt(self):
        """The id of a connection that a peer has made, and the peer."""
        def arrived():
            self._take_messages(self.link)
            return self._attempts
        wait_for(arrived, "a ConnectionAttempt")
        attributes, transaction = self._attempts.popleft()
        return attributes[CONNECTION_ID], _address_in((attributes, transaction), PEER)

    def open_data(self, connection_id, first_data=b""):
        """A new connection to the server, bound; `first_data` follows the request in one write."""
        link = self.new_link()
        self._send(link, CONNECTION_BIND, [(CONNECTION_ID, connection_id)], first_data)
        self._answer(link, None)
        return link

    def request(self, method, attributes):
        """(attributes of the answer, transaction id)."""
        if self._nonce is None:
            self._challenge()
        transaction = self._send(self.link, method, attributes)
        return self._answer(self.link, transaction), transaction

    def _challenge(self):
        transaction = os.urandom(12)
        self.link.send(_message(ALLOCATE, transaction, _attribute(TRANSPORT, bytes([6, 0, 0, 0]))))
        try:
            self._answer(self.link, transaction)
        except Refused as refused:
            if refused.code != 401:
                raise

    def _send(self, link, method, attributes, behind=b""):
        transaction = os.urandom(12)
        name = [(USERNAME, self._user.encode()), (REALM, self._realm), (NONCE, self._nonce)]
        body = b"".join(_attribute(kind, value(transaction) if callable(value) else value)
                        for kind, value in (*attributes, *name))
        key = hashlib.md5(b":".join((self._user.encode(), self._realm, self._password.encode()))).digest()
        signed = struct.pack("!HHI", method, len(body) + 24, COOKIE) + transaction + body
        link.send(signed + _attribute(INTEGRITY, hmac.digest(key, signed, "sha1")) + behind)
        return transaction

    def _answer(self, link, transaction):
        """The attributes. Any answer, if `transaction` is None: then only that message is read off the link."""
        found = []

        def answered():
            if transaction is None:
                found.extend(_take_message(link) or ())
            else:
                self._take_messages(link)
                found.extend(self._answers.pop(transaction, ()))
            return found or link.ended
        wait_for(answered, "an answer")
        if not found:
            raise ConnectionError("closed instead of an answer")
        kind, attributes = found[:2]
        if kind & 0x0110 != 0x0110:
            return attributes
        self._realm, self._nonce = attributes.get(REALM, self._realm), attributes.get(NONCE, self._nonce)
        raise Refused(attributes[ERROR_CODE][2] * 100 + attributes[ERROR_CODE][3])

    def _take_messages(self, link):
        while message := _take_message(link):
            kind, attributes, transaction = message
            if kind == CONNECTION_ATTEMPT | 0x0010:
                self._attempts.append((attributes, transaction))
            else:
                self._answers[transaction] = (kind, attributes)


def _take_message(link):
    """(type, attributes, transaction id) of the message at the front of what was received; None: not whole yet."""
    if len(link.received) < 20:
        return None
    kind, length, cookie = struct.unpack_from("!HHI", link.received)
    if cookie != COOKIE:
        raise ValueError(f"no STUN message: {bytes(link.received[:20]).hex()}")
    if len(link.received) < 20 + length:
        return None
    transaction, body = bytes(link.received[8:20]), bytes(link.received[20:20 + length])
    del link.received[:20 + length]
    attributes = {}
    while body:
        name, size = struct.unpack_from("!HH", body)
        attributes.setdefault(name, body[4:4 + size])
        body = body[4 + (size + 3) // 4 * 4:]
    return kind, attributes, transaction


def _message(method, transaction, body):
    return struct.pack("!HHI", method, len(body), COOKIE) + transaction + body


def _attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _mask(address, transaction):
    key = struct.pack("!I", COOKIE) + transaction
    return bytes(a ^ b for a, b in zip(address, key))


def _peer(address, port):
    """The value of XOR-PEER-ADDRESS, once the transaction is known: it masks IPv6."""
    packed = ipaddress.ip_address(address).packed
    family = 1 if len(packed) == 4 else 2
    return lambda transaction: struct.pack("!BBH", 0, family, port ^ COOKIE >> 16) + _mask(packed, transaction)


def _address_in(answer, kind):
    attributes, transaction = answer
    value = attributes[kind]
    port = struct.unpack_from("!H", value, 2)[0] ^ COOKIE >> 16
    return str(ipaddress.ip_address(_mask(value[4:], transaction))), port
