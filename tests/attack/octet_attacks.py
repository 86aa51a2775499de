"""Attacks by octets: items 24, 25, 27, 28, 30, 34, 35, 45 of the list, and requests that break a rule of the RFC."""

import struct

import turn_message as stun
from turn_message import Message, channel_data
from world import Attack, turn_server

COOKIE_LESS = bytes.fromhex("0004000000000000") + b"twelve bytes"  # only a Binding may be of RFC 3489


class OctetAttack(Attack):
    def expect_silence(self, client, octets, reason):
        with self.counts("dropped", reason):
            client.wire.send(octets)
            self.assertEqual(client.answers_before_fence(), [], octets[:60])

    def test_attack_24_padding_never_holds_what_was_there_before(self):  # CVE-2020-4067
        client, other = self.allocated(), self.allocated(user="carol", host="accomplice")
        for each in (client, other):
            self.assertEqual(each.permit(self.peer).code, 200)
        self.assertEqual(other.bind(0x4000, self.peer).code, 200)
        answers = [client.ask(Message(stun.ALLOCATE)), client.refresh(), client.ask(Message(stun.BINDING)),
                   client.request(stun.REFRESH, lambda m: m.add(0x7F00)), client.challenge()]
        self.assertEqual([answer.code for answer in answers], [401, 200, 200, 420, 401])
        for octets in range(9):
            other.send(self.peer, b"\xee" * 1000)  # fills the server's buffers
            client.send(self.peer, b"\xdd" * octets)
            frame = client.wire.receive()
            answers.append(stun.Answer(frame))
            self.assertEqual(answers[-1].get("DATA"), b"\xdd" * octets)
            other.send_channel(0x4000, b"\xdd" * octets)  # the wire of a stream looks at the padding itself
        for answer in answers:
            self.assertEqual(answer.paddings.strip(b"\0"), b"")

    def test_attack_25_odd_lengths_at_odd_addresses(self):  # CVE-2026-40613
        client = self.allocated()
        for first in range(4):
            for octets in range(8):
                answer = client.request(stun.REFRESH, lambda m: m.add(0xFF05, bytes(first)).add(0xFF06, bytes(octets)))
                self.assertEqual(answer.code, 200)

    def test_attack_28_text_of_any_kind_is_no_harm(self):
        client = self.client()
        client.challenge()
        texts = (b"", b"\0", b"a\0b", b"%n%s%x", b"'; DROP TABLE users;--", b'"', b"\xff\xfe", b"\xc0\xaf",
                 b"\n2026 fake",
                 b"\x1b[2J", b"../../etc/passwd", "\u200f\u00ad\U0001F4A9".encode(), b"a" * 508, b"a" * 763)
        for text in texts:
            for login, code in ((client.login.but(user=text), 400 if len(text) > 508 else 401),
                                (client.login.but(realm=text), 401), (client.login.but(nonce=text), 438)):
                self.assertEqual(client.allocate(login=login).code, code, text[:20])
            message = Message(stun.ALLOCATE).transport().add("SOFTWARE", text).sign(client.login)
            client.ask(message.add("SOFTWARE", text))
            client.refresh(0)
        log = self.target.server.process.output()
        for secret in (turn_server.PASSWORD, turn_server.SECRET, "\x1b[2J", "\n2026 fake"):
            self.assertNotIn(secret, log)

    def test_attack_30_unknown_attributes_are_listed_up_to_a_bound(self):
        client = self.allocated()
        for count in (1, 3, 8, 20):
            message = Message(stun.REFRESH)
            for number in range(count):
                message.add(0x7F00 + number)
            with self.counts("rejected", "unknown_attribute"):
                answer = client.ask(message.sign(client.login))
                self.assertEqual(answer.code, 420)
                listed = answer.get("UNKNOWN-ATTRIBUTES")
                self.assertLessEqual(len(listed), 32)
                self.assertEqual(listed[:2], b"\x7f\0")
        self.assertEqual(client.refresh().code, 200)

    def test_attack_30_thousands_of_attributes_are_dropped(self):
        client = self.allocated()
        message = Message(stun.REFRESH)
        for _ in range(400):
            message.add(0x8FFF)
        self.expect_silence(client, message.sign(client.login).octets(), "malformed")

    def test_attack_30_malformed_messages_are_dropped(self):
        client = self.allocated()
        binding = Message(stun.BINDING).octets()
        overrun = (Message(stun.BINDING).add("SOFTWARE", b"abcd", length=5),
                   Message(stun.BINDING).add(0x8FFF, length=4),
                   Message(stun.BINDING).add("SOFTWARE", b"abcd", length=0xFFFF),
                   Message(stun.REFRESH).sign(client.login).add("MESSAGE-INTEGRITY", length=20))
        for message in overrun:  # whole frames, so that a stream stays in step
            self.expect_silence(client, message.octets(), "malformed")
        if self.transport in ("udp", "dtls"):  # on a stream these are a matter of framing
            for octets in (binding[:-1], binding[:4], binding + b"\0", binding + bytes(4), COOKIE_LESS, b"\0",
                           b"\0\1\0\2" + binding[4:] + b"\0\0", b"\0\1\xff\xec" + binding[4:]):
                self.expect_silence(client, octets, "malformed")

    def test_attack_30_broken_attributes_are_bad_requests(self):
        client = self.allocated()
        peer = stun.encode_address(*self.peer, b"twelve bytes")
        cases = [(stun.REFRESH, lambda m, v=v: m.add("LIFETIME", v)) for v in (b"", b"\0\0\1", bytes(8))]
        for value in (b"", peer[:4], peer[:7], peer + b"\0", b"\0\3" + peer[2:], b"\0\2" + peer[2:],
                      b"\0\0" + peer[2:],
                      b"\0\1" + bytes(18)):
            cases.append((stun.CREATE_PERMISSION, lambda m, v=value: m.add("XOR-PEER-ADDRESS", v)))
            cases.append((stun.CREATE_PERMISSION, lambda m, v=value: m.peer(self.peer).add("XOR-PEER-ADDRESS", v)))
            cases.append((stun.CHANNEL_BIND, lambda m, v=value: m.channel(0x4000).add("XOR-PEER-ADDRESS", v)))
        cases += [(stun.CREATE_PERMISSION, lambda m: None), (stun.CHANNEL_BIND, lambda m: m.peer(self.peer)),
                  (stun.CHANNEL_BIND, lambda m: m.channel(0x4000)),
                  (stun.CHANNEL_BIND, lambda m: m.add("CHANNEL-NUMBER", b"\x40\0").peer(self.peer)),
                  (stun.CHANNEL_BIND, lambda m: m.channel(0x4000).peer((self.peer[0], 0)))]
        for number in (0, 1, 0x3FFF, 0x7FFF, 0x8000, 0xFFFF):
            cases.append((stun.CHANNEL_BIND, lambda m, n=number: m.channel(n).peer(self.peer)))
        with self.counts("rejected", "bad_request", at_least=len(cases)):
            for method, fill in cases:
                answer = client.request(method, fill)
                self.assertEqual(answer.code, 400)
                self.assertTrue(answer.is_signed(client.login.key()))
        client.send(self.peer, b"x")  # no part of a bad request took effect
        self.assertEqual(client.answers_before_fence(), [])

    def test_attack_30_broken_allocates_make_nothing(self):
        client = self.client()
        client.challenge()
        token = bytes(8)
        bad = (lambda m: None, lambda m: m.add("REQUESTED-TRANSPORT", b"\x11"),
               lambda m: m.transport().add("EVEN-PORT"),
               lambda m: m.transport().add("RESERVATION-TOKEN", b"1234567"),
               lambda m: m.transport().add("RESERVATION-TOKEN", token).add("EVEN-PORT", b"\0"),
               lambda m: m.transport().add("RESERVATION-TOKEN", token).family(stun.IPV4),
               lambda m: m.transport().family(stun.IPV4).family(stun.IPV6, "ADDITIONAL-ADDRESS-FAMILY"),
               lambda m: m.transport().family(stun.IPV4, "ADDITIONAL-ADDRESS-FAMILY"),
               lambda m: m.transport().add("EVEN-PORT", b"\x80").family(stun.IPV6, "ADDITIONAL-ADDRESS-FAMILY"),
               lambda m: m.transport().add("LIFETIME", b"\0"),
               lambda m: m.transport().add("REQUESTED-ADDRESS-FAMILY", b"\1"))
        before = self.target.allocations()
        for number, fill in enumerate(bad):
            self.assertEqual(client.request(stun.ALLOCATE, fill).code, 400, number)
        for fill, code in ((lambda m: m.transport(99), 442), (lambda m: m.transport().family(3), 440),
                           (lambda m: m.transport().add("RESERVATION-TOKEN", token), 508)):
            self.assertEqual(client.request(stun.ALLOCATE, fill).code, code)
        self.assertEqual(self.target.allocations(), before)

    def test_attack_30_indications_are_never_answered(self):
        client = self.allocated()
        self.assertEqual(client.permit(self.peer).code, 200)
        for indication in (Message(stun.SEND, stun.INDICATION), Message(stun.SEND, stun.INDICATION).peer(self.peer),
                           Message(stun.SEND, stun.INDICATION).add("DATA", b"x"),
                           Message(stun.SEND, stun.INDICATION).peer(self.peer).add("DATA", b"x").add(0x7F00),
                           Message(stun.DATA, stun.INDICATION).peer(self.peer).add("DATA", b"x"),
                           Message(stun.ALLOCATE, stun.INDICATION).transport(), Message(0x4FF, stun.INDICATION)):
            self.expect_silence(client, indication.octets(), "bad_indication")

    def test_attack_30_methods_that_do_not_exist(self):
        client = self.allocated()
        for method in (0, 2, 5, 0xFF, 0x4FF):
            self.assertEqual(client.ask(Message(method)).code, 401)
            self.assertEqual(client.request(method).code, 400)

    def test_attack_34_answers_to_strangers_are_small(self):
        """Octets of the answer for each octet asked with. A 401 carries realm (here 15 octets) and nonce."""
        client = self.client()
        cases = (("Binding", Message(stun.BINDING), 1.6),
                 ("Binding with FINGERPRINT", Message(stun.BINDING).fingerprint(), 1.6),
                 ("Binding, unknown attribute", Message(stun.BINDING).add(0x7F00), 1.6),
                 ("Binding, CHANGE-REQUEST", Message(stun.BINDING).word("CHANGE-REQUEST", 6), 1.6),
                 ("Binding, PADDING", Message(stun.BINDING).add("PADDING", bytes(64)), 1.6),
                 ("Binding, RESPONSE-PORT", Message(stun.BINDING).word("RESPONSE-PORT", 53 << 16), 1.6),
                 ("Allocate", Message(stun.ALLOCATE).transport(), 4.5), ("Refresh", Message(stun.REFRESH), 6),
                 ("integrity without a name", Message(stun.ALLOCATE).integrity(b""), 1))
        for what, message, most in cases:
            answer = client.ask(message)
            words = 0 if self.transport == "udp" else len(answer.get("ERROR-CODE") or b"")  # none if it may be forged
            self.assertLessEqual((len(answer.octets) - words) / len(message.octets()), most, what)
            self.assertNotIn("SOFTWARE", answer.names(), what)
            self.assertNotIn("OTHER-ADDRESS", answer.names(), what)
        self.assertEqual(client.answers_before_fence(), [])  # one answer each, no more

    def test_attack_35_only_requests_are_answered(self):  # two servers would bounce errors for ever
        client = self.allocated()
        for method in (stun.BINDING, stun.ALLOCATE, stun.SEND, stun.DATA):
            for message_class in (stun.SUCCESS, stun.ERROR):
                self.expect_silence(client, Message(method, message_class).transport().octets(), "unexpected_class")

    def test_attack_38_channels_that_nobody_bound(self):
        client = self.allocated()
        for number in (0x4000, 0x4FFF, 0x5000, 0x7FFE):
            self.expect_silence(client, channel_data(number, b"x"), "no_channel")
        stranger = self.client(host="accomplice")
        self.expect_silence(stranger, Message(stun.SEND, stun.INDICATION).peer(self.peer).add("DATA", b"").octets(),
                            "no_allocation")
        self.expect_silence(stranger, channel_data(0x4000, b"x"), "no_allocation")

    def test_attack_45_long_requests_are_dropped_before_any_hash(self):
        client = self.allocated()
        long_enough = Message(stun.REFRESH).add("SOFTWARE", b"x" * 1500).sign(client.login)
        self.assertEqual(client.ask(long_enough).code, 200)
        for octets in (2048, 15000 if self.transport == "dtls" else 60000):
            message = Message(stun.REFRESH).add("SOFTWARE", b"x" * octets).sign(client.login)
            self.expect_silence(client, message.octets(), "too_large")

    def test_attack_45_broken_fingerprint_is_dropped_before_the_integrity(self):
        client = self.allocated()
        right = Message(stun.REFRESH).sign(client.login).fingerprint()
        self.assertEqual(client.ask(right).code, 200)
        for message in (Message(stun.REFRESH).sign(client.login).word("FINGERPRINT", 1),
                        Message(stun.REFRESH).sign(client.login).add("FINGERPRINT", b""),
                        Message(stun.REFRESH).fingerprint().sign(client.login)):
            self.expect_silence(client, message.octets(), "bad_fingerprint")
        self.assertEqual(client.permit(self.peer).code, 200)
        send = Message(stun.SEND, stun.INDICATION).peer(self.peer).add("DATA", b"x").word("FINGERPRINT", 1)
        self.expect_silence(client, send.octets(), "bad_fingerprint")

    def test_random_octets_are_survived(self):
        """A message damaged at random, and nonsense behind a right header: answered or dropped, never harmful."""
        import random
        chance = random.Random(1)
        client = self.allocated()
        for _ in range(300):
            message = Message(chance.choice((1, 3, 4, 8, 9))).peer(self.peer).lifetime(600).transport()
            octets = bytearray(message.sign(client.login).octets())
            for _ in range(chance.randint(1, 4)):
                octets[chance.randrange(20, len(octets))] = chance.randrange(256)
            client.wire.send(bytes(octets))
            body = chance.randbytes(4 * chance.randrange(40))
            client.wire.send(struct.pack("!HH", chance.choice((1, 3, 4, 8, 9, 0x16)), len(body)) + stun.COOKIE
                             + chance.randbytes(12) + body)
        client.answers_before_fence()
        self.assertEqual(client.refresh().code, 200)
