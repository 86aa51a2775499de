"""What only UDP allows: forged source addresses. Items 13, 32, 34, 35 and 94 of the list."""

import socket
import struct

import turn_message as stun
from turn_message import Login, Message
from world import SMALL_REPLIES, Attack, udp_packet

FORGED_NETWORK = "198.18.0.0/15"  # answers to it go to the attacker's host, which drops them
VICTIM_PORT = 5353


class ForgedSourceAttack(Attack):
    def setUp(self):
        super().setUp()
        self.raw = self.stranger()
        self.listener = self.target.address("udp")

    def send_as(self, source, octets, destination=None):
        destination = destination or self.listener
        self.raw.sendto(udp_packet(source, destination, octets), destination)

    def test_attack_32_thirty_thousand_sources_leave_nothing_behind(self):
        attacker = self.world.net.host("attacker").ipv4
        self.target.host.run(["ip", "route", "replace", FORGED_NETWORK, "via", attacker], 5)
        memory = self.target.memory()
        with self.counts("rejected", "challenge", at_least=5000), self.counts("stun_bindings", at_least=5000):
            for number in range(30000):
                source = socket.inet_ntoa((0xC6120000 + number).to_bytes(4, "big"))
                message = Message(stun.BINDING) if number % 2 else Message(stun.ALLOCATE).transport()
                self.send_as((source, 1024 + number % 60000), message.octets())
        self.assertLess(self.target.memory(), memory + (1 << 20))

    def test_attack_34_sources_that_nobody_has_are_not_answered(self):
        """Most of these the kernel drops itself; a broadcast address of the segment reaches the server."""
        everybody = self.world.net.host("accomplice").socket(timeout=0.3)
        self.addCleanup(everybody.close)
        everybody.bind(("0.0.0.0", VICTIM_PORT))
        with self.counts("dropped", "bad_source", at_least=2):
            for message in (Message(stun.BINDING), Message(stun.ALLOCATE).transport()):
                self.send_as((self.world.net.host("attacker").ipv4, 0), message.octets())
                for address in (self.listener[0], "127.0.0.1", "255.255.255.255", "224.0.0.1", "203.0.113.255"):
                    self.send_as((address, VICTIM_PORT), message.octets())
                self.send_as(self.listener, message.octets())  # a loop, were it answered
        with self.assertRaises(TimeoutError):
            everybody.recv(2048)

    def test_attack_94_a_classic_binding_reflects_no_more_than_a_modern_one(self):
        """RFC 3489: sixteen octets of transaction, no cookie. What asks for an answer elsewhere gets none."""
        client = self.wire()
        transaction = bytes(range(16))

        def ask(attributes=b""):
            client.send(struct.pack("!HH", 1, len(attributes)) + transaction + attributes)
            return client.receive(0.3)

        address, port = client.local
        expected = struct.pack("!HH16sHHHH", 0x0101, 12, transaction, 1, 8, 1, port) + socket.inet_aton(address)
        for attributes in (b"", bytes.fromhex("0003000400000000"), bytes.fromhex("80220000")):
            self.assertEqual(ask(attributes), expected)
        victim = self.world.net.host("accomplice")
        elsewhere = struct.pack("!HHHH", 2, 8, 1, VICTIM_PORT) + socket.inet_aton(victim.ipv4)  # RESPONSE-ADDRESS
        with self.counts("dropped", "malformed", at_least=4):
            for attributes in (elsewhere, bytes.fromhex("0003000400000006"), bytes.fromhex("7f000000"), b"\0\6\0\x20"):
                self.assertIsNone(ask(attributes))

    def test_attack_16_a_forged_refresh_does_not_end_an_allocation(self):
        """Refresh(0) in the victim's name: by another user of the same address, and of another one."""
        victim = self.allocated(user="carol", host="accomplice")
        neighbour = self.client(host="accomplice")
        for other, reason in ((neighbour, "wrong_credentials"), (self.client(), "stale_nonce")):
            other.challenge()
            message = Message(stun.REFRESH).lifetime(0).sign(other.login)
            with self.counts("rejected", reason):
                self.send_as(victim.wire.local, message.octets())
        guessed = Login("carol", "guessed", victim.login.realm, victim.login.nonce)
        with self.counts("rejected", "wrong_integrity"):
            self.send_as(victim.wire.local, Message(stun.REFRESH).lifetime(0).sign(guessed).octets())
        self.assertEqual(victim.refresh().code, 200)

    def test_every_first_octet(self):
        client = self.allocated()
        for first in range(256):
            for octets in (b"", b"\0", b"\1\0\x10", bytes(30), b"\xff" * 100):
                client.wire.send(bytes([first]) + octets)
        client.wire.send(b"")
        self.assertEqual(client.answers_before_fence(), [])
        self.assertEqual(client.refresh().code, 200)


class ReflectionAttack(ForgedSourceAttack):
    """Against the server whose answers to strangers are few."""
    target_name = "small"
    test_attack_32_thirty_thousand_sources_leave_nothing_behind = None
    test_attack_34_sources_that_nobody_has_are_not_answered = None
    test_attack_16_a_forged_refresh_does_not_end_an_allocation = None
    test_attack_94_a_classic_binding_reflects_no_more_than_a_modern_one = None
    test_every_first_octet = None

    def test_attack_34_a_victim_is_hit_by_budget_only(self):
        victim = self.world.net.host("accomplice")
        received = victim.socket(timeout=0.3)
        self.addCleanup(received.close)
        received.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        received.bind((victim.ipv4, VICTIM_PORT))
        sent = 0
        with self.counts("dropped", "rate_limited", at_least=1000):
            for _ in range(2000):
                octets = Message(stun.ALLOCATE).transport().octets()
                self.send_as((victim.ipv4, VICTIM_PORT), octets)
                sent += len(octets)
        hit = 0
        try:
            while True:
                hit += len(received.recv(2048))
        except TimeoutError:
            pass
        # Twice a second's budget at once, then 20 answers a second: however much is sent in the victim's name.
        self.assertLess(hit, 120 * 6 * SMALL_REPLIES)
        self.assertLess(hit, sent)
