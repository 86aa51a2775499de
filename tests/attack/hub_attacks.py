"""Attacks on signaling over `/ws`, which is served over TLS alone from afar: items 67, 68, 74 and 81 of the list. A user of
two devices, of whose tokens the attacker has one."""

import json
import os
import re
import time

import world
from world import Attack

OTHER = "CD" * 32
BAD = f"a=fingerprint:sha-256 {OTHER}\r\n"


class Socket:
    """One WebSocket of a peer, by hand over any stream."""

    def __init__(self, wire, server, token, query):
        self.wire, self.unread, self.close_code = wire, b"", None
        wire.send_raw(f"GET /ws?{query} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                      f"Authorization: Bearer {token}\r\n\r\n".encode())
        deadline = time.monotonic() + 5
        while b"\r\n\r\n" not in self.unread:
            self._read(deadline)
        head, _, self.unread = self.unread.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise AssertionError(f"refused: {head} {self.unread}")

    def _read(self, deadline):
        self.wire.socket.settimeout(max(deadline - time.monotonic(), 1e-6))
        got = self.wire.socket.recv(65536)
        if not got:
            raise ConnectionError("closed")
        self.unread += got

    @staticmethod
    def frame(text):
        payload = text.encode()
        length = (bytes([0x80 | len(payload)]) if len(payload) < 126 else
                  b"\xfe" + len(payload).to_bytes(2, "big") if len(payload) < 65536 else
                  b"\xff" + len(payload).to_bytes(8, "big"))
        return b"\x81" + length + bytes(4) + payload

    def send(self, text):
        self.wire.send_raw(self.frame(text if isinstance(text, str) else json.dumps(text)))

    def receive(self, seconds=5):
        """The next message; None if none comes, or the server has closed."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                size, at = self.unread[1] & 0x7f if len(self.unread) > 1 else 0, 2
                if size > 125:
                    at = 4 if size == 126 else 10
                    size = int.from_bytes(self.unread[2:at], "big")
                if len(self.unread) < at + size or len(self.unread) < 2:
                    self._read(deadline)
                    continue
                opcode, payload, self.unread = self.unread[0] & 15, self.unread[at:at + size], self.unread[at + size:]
                if opcode == 8:
                    self.close_code = int.from_bytes(payload[:2], "big")
                    return None
                if opcode == 1:
                    return json.loads(payload)
        except (TimeoutError, OSError):
            return None

    def receive_with(self, key, seconds=5):
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and (message := self.receive(left)) is not None:
            if key in message:
                return message
        return None


class HubAttack(Attack):
    def setUp(self):
        super().setUp()
        self.user = "user" + os.urandom(4).hex()
        self.own, phones = (os.urandom(32).hex().upper() for _ in range(2))
        self.fingerprints = {"laptop": self.own, "phone": phones}
        self.good = f"v=0\r\na=fingerprint:sha-256 {self.own}\r\n"

    def add_peer(self, name):
        status, out = self.target.command("peer", "add", self.user, name)
        self.assertEqual(status, 0, out)
        return re.search(r"ibx_[A-Za-z0-9_-]{43}", out).group(0)

    def open(self, token, query="", host="attacker"):
        """Once the server knows the token, which another process made."""
        deadline = time.monotonic() + 5
        while True:
            try:
                return Socket(self.wire(host), self.target.host.ipv4, token, query)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def pair(self):
        """The attacker with the token of one device, and the user's other device; both welcomed."""
        tokens = {name: self.add_peer(name) for name in self.fingerprints}
        thief, phone = (self.open(tokens[name], f"fp={self.fingerprints[name]}", host)
                        for name, host in (("laptop", "attacker"), ("phone", "innocent")))
        self.assertIn("session", thief.receive())
        self.assertIn("session", phone.receive())
        return thief, phone

    def test_attack_67_what_is_no_description_is_refused(self):
        thief, phone = self.pair()
        good = self.good
        bodies = (good, [good], {"sdp": [good + BAD]}, {"sdp": {"sdp": good}}, {"sdp": good, "SDP": BAD},
                  {"sdp": good, "\u017fdp": BAD}, {"sdp": good, "x": {"sdp": BAD}}, {"sdp": good, "x": [BAD]})
        with self.counts("dialect_refused", "icebox", "bad_message", at_least=len(bodies) + 1):
            for number, body in enumerate(bodies, 1):
                thief.send({"target": "phone", "id": number, "offer" if number % 2 else "answer": body})
                self.assertEqual(thief.receive_with("nack")["code"], 400, body)
            thief.send(f'{{"target":"phone","offer":{{"sdp":{json.dumps(good)},"\\u0073dp":{json.dumps(BAD)}}}}}')
            self.assertEqual(thief.receive_with("code")["code"], 400)
        thief.send({"target": "phone", "data": "last"})
        heard = [phone.receive()]
        while "data" not in heard[-1]:
            heard.append(phone.receive())
        self.assertFalse([message for message in heard if "offer" in message or "answer" in message])

    def test_attack_68_no_line_that_a_browser_reads_names_another_certificate(self):
        thief, phone = self.pair()
        good = self.good
        sdps = [good + BAD, good + f"a=fingerprint sha-256 {OTHER}\r\n", good + f"a=:fingerprint:sha-256 {OTHER}\r\n",
                good + BAD.upper(), good + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host " + BAD, good + "s=x\u2028" + BAD,
                good + "s=x\v" + BAD, good + "s=x\0", good + "s=\u0085", good + f"a=\ufb01ngerprint:sha-256 {OTHER}\r\n",
                good + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n", "v=0\r\n"]
        with self.counts("hub_refused", "sdp_fingerprint", at_least=len(sdps)):
            for number, sdp in enumerate(sdps, 1):
                thief.send({"target": "phone", "id": number, "offer": {"type": "offer", "sdp": sdp}})
                self.assertEqual(thief.receive_with("nack")["code"], 403, sdp)
        thief.send({"target": "phone", "offer": {"type": "offer", "sdp": good}})
        self.assertEqual(phone.receive_with("offer")["offer"]["sdp"], good, "the first that arrived")

    def test_attack_74_a_flood_is_not_answered_and_nobody_waits_for_it(self):
        thief, phone = self.pair()
        flood = Socket.frame('{"target":"nobody","data":1}') * 200
        self.attempts, answers, delays = 0, 0, []
        thief.wire.socket.setblocking(False)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            try:
                self.attempts += thief.wire.socket.send(flood) // 34
            except (BlockingIOError, OSError):
                pass
            began = time.monotonic()
            phone.send({"target": "phone", "data": 1})
            self.assertIsNotNone(phone.receive_with("data"))
            delays.append(time.monotonic() - began)
            time.sleep(0.03)
        end = time.monotonic() + 1  # the server goes on reading it, slowly
        while time.monotonic() < end and thief.receive(0.2) is not None:
            answers += 1
        self.assertLess(answers, 1100, "800 at once, then 50 a second")
        if not world.SANITIZED:
            self.assertLess(sorted(delays)[len(delays) * 9 // 10], 0.1)

    def test_attack_81_a_large_message_closes_nobody(self):
        thief, phone = self.pair()
        thief.send({"target": "phone", "id": 1, "data": "x" * 65000})
        self.assertEqual(len(phone.receive_with("data")["data"]), 65000)
        thief.send({"target": "phone", "id": 2, "data": "x" * 70000})
        self.assertEqual(thief.receive_with("code")["code"], 413)
        thief.send({"target": "phone", "data": "still here"})
        self.assertEqual(phone.receive_with("data")["data"], "still here")
