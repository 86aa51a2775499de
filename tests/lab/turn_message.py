"""STUN messages by hand (RFC 8489, RFC 8656), for tests that must also write what no proper client would."""

import hashlib
import hmac
import os
import socket
import struct
import zlib

COOKIE = b"\x21\x12\xa4\x42"
HEADER_BYTES = 20
REQUEST, INDICATION, SUCCESS, ERROR = range(4)

BINDING, ALLOCATE, REFRESH, SEND, DATA, CREATE_PERMISSION, CHANNEL_BIND, CONNECT, CONNECTION_BIND = (
    1, 3, 4, 6, 7, 8, 9, 10, 11)

ATTRIBUTES = {
    "MAPPED-ADDRESS": 0x0001, "CHANGE-REQUEST": 0x0003, "USERNAME": 0x0006, "MESSAGE-INTEGRITY": 0x0008,
    "ERROR-CODE": 0x0009, "UNKNOWN-ATTRIBUTES": 0x000A, "CHANNEL-NUMBER": 0x000C, "LIFETIME": 0x000D,
    "BANDWIDTH": 0x0010, "XOR-PEER-ADDRESS": 0x0012, "DATA": 0x0013, "REALM": 0x0014, "NONCE": 0x0015,
    "XOR-RELAYED-ADDRESS": 0x0016, "REQUESTED-ADDRESS-FAMILY": 0x0017, "EVEN-PORT": 0x0018,
    "REQUESTED-TRANSPORT": 0x0019, "DONT-FRAGMENT": 0x001A, "MESSAGE-INTEGRITY-SHA256": 0x001C,
    "PASSWORD-ALGORITHM": 0x001D, "USERHASH": 0x001E, "XOR-MAPPED-ADDRESS": 0x0020, "RESERVATION-TOKEN": 0x0022,
    "PADDING": 0x0026, "RESPONSE-PORT": 0x0027, "CONNECTION-ID": 0x002A, "ADDITIONAL-ADDRESS-FAMILY": 0x8000,
    "ADDRESS-ERROR-CODE": 0x8001, "PASSWORD-ALGORITHMS": 0x8002, "ICMP": 0x8004, "SOFTWARE": 0x8022,
    "ALTERNATE-SERVER": 0x8023, "FINGERPRINT": 0x8028, "RESPONSE-ORIGIN": 0x802B, "OTHER-ADDRESS": 0x802C,
}
NAMES = {number: name for name, number in ATTRIBUTES.items()}
IPV4, IPV6 = 1, 2
UDP, TCP = 17, 6
MD5, SHA256 = 1, 2


def number_of(attribute):
    return ATTRIBUTES[attribute] if isinstance(attribute, str) else attribute


def type_of(method, message_class):
    """The class bits stand at 4 and 8, between those of the method (RFC 8489 section 5)."""
    return (method & 0xF) | (method & 0x70) << 1 | (method & 0xF80) << 2 | (message_class & 1) << 4 | (
        message_class & 2) << 7


def padded(value):
    return value + bytes(-len(value) % 4)


def xor(value, mask):
    return bytes(a ^ b for a, b in zip(value, mask))


def encode_address(address, port, transaction):
    """The value of an XOR-...-ADDRESS. A text with a colon is IPv6, whatever it embeds."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    mask = COOKIE + transaction
    return struct.pack("!BBH", 0, IPV6 if family == socket.AF_INET6 else IPV4, port ^ 0x2112) + xor(
        socket.inet_pton(family, address), mask)


def decode_address(value, transaction):
    family = socket.AF_INET6 if value[1] == IPV6 else socket.AF_INET
    port = struct.unpack("!H", value[2:4])[0] ^ 0x2112
    return socket.inet_ntop(family, xor(value[4:], COOKIE + transaction)), port


class Login:
    """Who a message claims to be from, and the key that follows (RFC 8489 sections 9.2.2 and 18.5.1)."""

    def __init__(self, user, password, realm="", nonce=b"", algorithm=MD5):
        self.user, self.password, self.realm, self.nonce, self.algorithm = user, password, realm, nonce, algorithm
        self.offered = None  # the value of PASSWORD-ALGORITHMS in the challenge

    def key(self):
        hashed = hashlib.sha256 if self.algorithm == SHA256 else hashlib.md5
        return hashed(b":".join(as_bytes(part) for part in (self.user, self.realm, self.password))).digest()

    def but(self, **changes):
        """A copy with some fields changed."""
        other = Login(self.user, self.password, self.realm, self.nonce, self.algorithm)
        other.offered = self.offered
        for name, value in changes.items():
            setattr(other, name, value)
        return other


def as_bytes(text):
    return text.encode() if isinstance(text, str) else text


class Message:
    """A message being written: add() appends, and returns the message for the next call."""

    def __init__(self, method, message_class=REQUEST, transaction=None):
        self.method = method
        self.message_class = message_class
        self.transaction = transaction or os.urandom(12)
        self.body = b""

    def add(self, attribute, value=b"", length=None):
        """`length` replaces the true one in the attribute's header."""
        value = as_bytes(value)
        self.body += struct.pack("!HH", number_of(attribute), len(value) if length is None else length) + padded(value)
        return self

    def word(self, attribute, value):
        return self.add(attribute, struct.pack("!I", value))

    def lifetime(self, seconds):
        return self.word("LIFETIME", seconds)

    def transport(self, protocol=UDP):
        return self.word("REQUESTED-TRANSPORT", protocol << 24)

    def family(self, family, attribute="REQUESTED-ADDRESS-FAMILY"):
        return self.word(attribute, family << 24)

    def channel(self, number):
        return self.word("CHANNEL-NUMBER", number << 16)

    def peer(self, peer, attribute="XOR-PEER-ADDRESS"):
        """`peer`: (address, port)."""
        return self.add(attribute, encode_address(peer[0], peer[1], self.transaction))

    def credentials(self, login):
        """Everything of a login but the integrity. With an algorithm other than MD5, also which one it is."""
        self.add("USERNAME", login.user).add("REALM", login.realm).add("NONCE", login.nonce)
        if login.algorithm == SHA256:
            self.add("PASSWORD-ALGORITHMS", login.offered).add("PASSWORD-ALGORITHM", struct.pack("!HH", SHA256, 0))
        return self

    def sign(self, login):
        """The last words of an authenticated request."""
        self.credentials(login)
        return self.integrity_sha256(login.key()) if login.algorithm == SHA256 else self.integrity(login.key())

    def integrity(self, key):
        return self.add("MESSAGE-INTEGRITY", hmac.digest(key, self._header(24) + self.body, "sha1"))

    def integrity_sha256(self, key, octets=32):
        """`octets`: less than 32 truncates it (RFC 8489 section 14.6)."""
        digest = hmac.digest(key, self._header(4 + octets) + self.body, "sha256")
        return self.add("MESSAGE-INTEGRITY-SHA256", digest[:octets])

    def fingerprint(self):
        return self.word("FINGERPRINT", zlib.crc32(self._header(8) + self.body) ^ 0x5354554E)

    def _header(self, more):
        return struct.pack("!HH", type_of(self.method, self.message_class),
                           len(self.body) + more) + COOKIE + self.transaction

    def octets(self):
        return self._header(0) + self.body


class Answer:
    """A message received. `silence` makes the answer that never came."""

    def __init__(self, octets):
        self.octets = octets
        first, length = struct.unpack("!HH", octets[:4])
        if first & 0xC000 or octets[4:8] != COOKIE or length != len(octets) - HEADER_BYTES:
            raise ValueError(f"no STUN message: {octets[:40].hex()}")
        self.message_class = (first >> 4 & 1) | (first >> 7 & 2)
        self.method = (first & 0xF) | (first & 0xE0) >> 1 | (first & 0x3E00) >> 2
        self.transaction = octets[8:20]
        self.attributes = []  # (number, value) in order
        self.paddings = b""
        at = HEADER_BYTES
        while at < len(octets):
            number, size = struct.unpack("!HH", octets[at:at + 4])
            value = octets[at + 4:at + 4 + size]
            if len(value) < size:
                raise ValueError(f"attribute {number:#06x} is cut off: {octets.hex()}")
            at += 4 + size
            self.paddings += octets[at:at + -size % 4]
            at += -size % 4
            self.attributes.append((number, value))

    def get(self, attribute):
        return next((value for number, value in self.attributes if number == number_of(attribute)), None)

    def all(self, attribute):
        return [value for number, value in self.attributes if number == number_of(attribute)]

    def names(self):
        return [NAMES.get(number, f"{number:#06x}") for number, _ in self.attributes]

    @property
    def code(self):
        """200 for a success, else that of ERROR-CODE."""
        if self.message_class == SUCCESS:
            return 200
        value = self.get("ERROR-CODE")
        return (value[2] & 7) * 100 + value[3] if value else None

    @property
    def lifetime(self):
        value = self.get("LIFETIME")
        return struct.unpack("!I", value)[0] if value else None

    def addresses(self, attribute):
        """Every (address, port) of that type."""
        return [decode_address(value, self.transaction) for value in self.all(attribute)]

    def is_signed(self, key):
        """Whether the integrity, of either kind, is there and right."""
        at = HEADER_BYTES
        for number, value in self.attributes:
            if number in (0x0008, 0x001C):
                header = self.octets[:2] + struct.pack("!H", at - HEADER_BYTES + 4 + len(value)) + self.octets[4:20]
                right = hmac.digest(key, header + self.octets[HEADER_BYTES:at], "sha1" if number == 8 else "sha256")
                return hmac.compare_digest(right[:len(value)], value)
            at += 4 + len(padded(value))
        return False

    def has_right_fingerprint(self):
        value = self.get("FINGERPRINT")
        return value is not None and struct.unpack("!I", value)[0] == zlib.crc32(self.octets[:-8]) ^ 0x5354554E


class Silence:
    """In place of an Answer that did not come."""
    code = None
    octets = b""
    attributes = ()

    def names(self):
        return []


def channel_data(number, payload, length=None):
    """Without the padding that a stream needs."""
    return struct.pack("!HH", number, len(payload) if length is None else length) + payload
