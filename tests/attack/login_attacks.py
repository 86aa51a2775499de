"""Attacks on authentication: items 13 to 16, 18 to 20, 31, 46 of the list, and the ways round RFC 8489's upgrade."""

import base64
import contextlib
import hmac
import os
import struct
import time

import turn_message as stun
from turn_client import Closed
from turn_message import Login, Message
from world import Attack, turn_server

OFFER = struct.pack("!HHHH", stun.SHA256, 0, stun.MD5, 0)
COOKIE_BYTES = 13  # "obMatJos2" and four characters of feature bits


def rest_password(username, secret=turn_server.SECRET):
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()


class LoginAttack(Attack):
    def setUp(self):
        super().setUp()
        self.attacker = self.client()
        self.assertEqual(self.attacker.challenge().code, 401)
        self.login = self.attacker.login

    def ask_signed(self, login, method=stun.REFRESH, client=None):
        return (client or self.attacker).request(method, login=login)

    def test_attack_13_nonce_of_another_address_is_stale(self):
        thief = self.client(host="accomplice")
        with self.counts("rejected", "stale_nonce"):
            self.assertEqual(thief.allocate(login=self.login).code, 438)

    def test_attack_13_no_changed_octet_of_a_nonce_passes(self):
        self.assertEqual(self.attacker.allocate().code, 200)
        nonce = self.login.nonce
        forged = [nonce[:at] + bytes([nonce[at] ^ 1]) + nonce[at + 1:] for at in range(COOKIE_BYTES, len(nonce))]
        forged += [b"0", nonce + b"0", nonce[:-1], nonce.upper(), nonce.replace(b"obMatJos2", b"obMatJos3")]
        with self.counts("rejected", "stale_nonce", at_least=len(forged)):
            for one in forged:
                self.assertEqual(self.ask_signed(self.login.but(nonce=one)).code, 438, one)
        self.assertEqual(self.ask_signed(self.login).code, 200)

    def test_attack_13_nonce_of_another_server_is_stale(self):
        target, self.target = self.target, self.world.targets["small"]
        other = self.client()
        self.target = target
        other.challenge()
        self.assertEqual(self.ask_signed(self.login.but(nonce=other.login.nonce)).code, 438)

    def test_attack_13_nonces_differ_and_are_short(self):
        nonces = {self.attacker.challenge().get("NONCE") for _ in range(30)}
        self.assertEqual(len(nonces), 30)
        self.assertLessEqual(max(map(len, nonces)), 128)

    def test_attack_60_a_copied_request_does_nothing_on_another_tuple(self):
        """An eavesdropper sends the victim's own octets again: from the victim's address, and from elsewhere."""
        victim = self.client(user="carol")
        requests = []
        real_send = victim.wire.send
        victim.wire.send = lambda octets: (requests.append(octets), real_send(octets))
        for answer in (victim.allocate(), victim.permit(self.peer), victim.bind(0x4000, self.peer), victim.refresh(0)):
            self.assertEqual(answer.code, 200)
        self.assertEqual(victim.allocate().code, 200)
        signed = [octets for octets in requests if b"carol" in octets][1:]  # without the first Allocate
        for host in ("attacker", "accomplice"):
            thief = self.client(host=host)
            for octets in signed[:3]:
                thief.wire.send(octets)
                self.assertEqual(thief.answer_to(octets[8:20]).code, 438)
            self.assertEqual(thief.answers_before_fence(), [])
        self.assertEqual(victim.refresh().code, 200)

    def test_attack_60_a_copied_allocate_makes_nothing(self):
        """Also from the victim's own address (a NAT in common), whichever worker the copy comes to, and later."""
        victim = self.client(user="carol")
        victim.challenge()
        copied = Message(stun.ALLOCATE).transport().sign(victim.login)
        self.assertEqual(victim.ask(copied).code, 200)
        victim.relayed = [True]
        self.assertEqual(self.client(host="accomplice").ask(copied).code, 438)
        before = self.target.allocations()
        with self.counts("rejected", "replayed", at_least=8):
            for _ in range(8):
                thief = self.client()
                self.assertEqual(thief.ask(copied).code, 438)
                thief.send(self.peer, b"x")
                self.assertEqual(thief.answers_before_fence(), [])
        self.assertEqual(self.target.allocations(), before)
        self.assertEqual(victim.ask(copied).code, 200)  # sent again by whom it came from
        self.assertEqual(victim.refresh(0).code, 200)
        self.assertEqual(self.client().ask(copied).code, 438)

    def test_attack_60_a_flood_does_not_make_copies_new_again(self):
        """Nonces are good for an hour; 80,000 requests of any account made the server forget those of the others."""
        victim = self.client(user="carol")
        victim.challenge()
        allocate = Message(stun.ALLOCATE).transport().sign(victim.login)
        self.assertEqual(victim.ask(allocate).code, 200)
        permit = Message(stun.CREATE_PERMISSION).peer(self.peer).sign(victim.login)
        self.assertEqual(victim.ask(permit).code, 200)
        self.assertEqual(victim.refresh(0).code, 200)
        flooder = self.allocated(user="dave", host="accomplice", transport="udp")
        self.flood(flooder, 100_000)
        thief = self.client()
        self.assertEqual(thief.ask(allocate).code, 438)
        self.assertEqual(thief.ask(permit).code, 438)
        thief.send(self.peer, b"x")
        self.assertEqual(thief.answers_before_fence(), [])
        again = self.client(user="carol")  # a stream without an allocation has been closed meanwhile
        again.login = victim.login
        self.assertEqual(again.allocate().code, 200)  # and nobody else is asked for a new nonce

    @staticmethod
    def flood(client, requests):
        """So many signed Refreshes, as quickly as they are answered."""
        key, tail = client.login.key(), Message(stun.REFRESH).credentials(client.login).body
        head = b"\0\x04" + (len(tail) + 24).to_bytes(2, "big") + stun.COOKIE
        raw = client.wire.socket
        raw.settimeout(0.2)
        for _ in range(requests // 40):
            for _ in range(40):
                signed = head + os.urandom(12) + tail
                raw.send(signed + b"\0\x08\0\x14" + hmac.digest(key, signed, "sha1"))
            with contextlib.suppress(TimeoutError):
                for _ in range(40):
                    raw.recv(2048)

    def test_attack_60_a_copied_request_does_not_touch_another_allocation_of_the_user(self):
        victims = [self.client(user="carol") for _ in range(4)]
        for victim in victims:
            self.assertEqual(victim.allocate().code, 200)
        first, others = victims[0], victims[1:]
        release = Message(stun.REFRESH).lifetime(0).sign(first.login)
        self.assertEqual(first.ask(release).code, 200)
        for other in others:
            self.assertEqual(other.ask(release).code, 438)
            self.assertEqual(other.refresh().code, 200)

    def test_attack_14_attributes_after_integrity_have_no_effect(self):  # an attacker on the path appends
        self.assertEqual(self.attacker.allocate().code, 200)
        appended = (lambda m: m.lifetime(0), lambda m: m.family(stun.IPV6), lambda m: m.add(0x7F00),
                    lambda m: m.peer(("10.0.0.1", 1)), lambda m: m.add("USERNAME", "carol"),
                    lambda m: m.lifetime(0).fingerprint(), lambda m: m.add("NONCE", b"x").add("REALM", b"y"))
        for append in appended:
            for message in (Message(stun.REFRESH), Message(stun.CREATE_PERMISSION).peer(self.peer)):
                append(message.sign(self.login))
                answer = self.attacker.ask(message)
                self.assertEqual(answer.code, 200)
                self.assertNotEqual(answer.lifetime, 0)
        self.assertEqual(self.attacker.refresh().code, 200)  # still there

    def test_attack_14_nothing_but_fingerprint_counts_after_the_sha256_integrity(self):
        login = self.login.but(algorithm=stun.SHA256)
        message = Message(stun.ALLOCATE).transport().sign(login)
        message.integrity(login.key()).lifetime(3600).fingerprint()
        answer = self.attacker.ask(message)
        self.attacker.relayed = [True]
        self.assertEqual((answer.code, answer.lifetime), (200, 600))

    def test_attack_15_no_changed_octet_of_an_integrity_passes(self):
        packet = Message(stun.ALLOCATE).transport().sign(self.login).octets()
        with self.counts("rejected", "wrong_integrity", at_least=20):
            for at in range(len(packet) - 20, len(packet)):
                self.attacker.wire.send(packet[:at] + bytes([packet[at] ^ 0x80]) + packet[at + 1:])
                self.assertEqual(self.attacker.answer_to(packet[8:20]).code, 401)

    def test_attack_15_no_truncated_integrity_passes(self):
        key, sha256 = self.login.key(), self.login.but(algorithm=stun.SHA256)
        for octets in (0, 4, 12, 16, 19):
            message = Message(stun.ALLOCATE).transport().credentials(self.login)
            full = Message(stun.ALLOCATE, transaction=message.transaction).transport().sign(self.login).octets()[-20:]
            self.assertEqual(self.attacker.ask(message.add("MESSAGE-INTEGRITY", full[:octets])).code, 401, octets)
        for octets in (0, 4, 12, 16, 20, 28):  # TURN truncates nothing, though RFC 8489 lets a usage do so
            message = Message(stun.ALLOCATE).transport().credentials(sha256)
            self.assertEqual(self.attacker.ask(message.integrity_sha256(sha256.key(), octets)).code, 401, octets)
        other_key = Message(stun.REFRESH).credentials(self.login).integrity(key + b"x")
        self.assertEqual(self.attacker.ask(other_key).code, 401)

    def test_attack_15_empty_names_and_passwords_open_nothing(self):
        for user, password in (("", ""), (turn_server.USER, ""), ("", turn_server.PASSWORD), (":", ""),
                               ("9999999999", ""), ("9999999999:", ""), (f"{int(time.time()) + 60}:x", "")):
            login = self.login.but(user=user, password=password)
            self.assertEqual(self.attacker.allocate(login=login).code, 401, (user, password))
        message = Message(stun.ALLOCATE).transport().credentials(self.login)
        self.assertEqual(self.attacker.ask(message.integrity(b"")).code, 401)

    def test_attack_16_bad_login_leaves_no_trace_on_the_tuple(self):
        bad = Login("bob", "guessed", self.login.realm, self.login.nonce)
        with self.counts("rejected", "wrong_integrity", at_least=2):
            self.assertEqual(self.attacker.allocate(login=bad).code, 401)
            self.assertEqual(self.attacker.allocate().code, 200)
            self.assertEqual(self.attacker.refresh(0, login=bad).code, 401)
        self.assertEqual(self.attacker.refresh().code, 200)

    def test_attack_16_another_users_credentials_do_not_touch_an_allocation(self):
        """Refresh(0) by somebody with an account, on the victim's 5-tuple."""
        self.assertEqual(self.attacker.allocate().code, 200)
        other = Login("carol", "carol's password", self.login.realm, self.login.nonce)
        with self.counts("rejected", "wrong_credentials", at_least=3):
            self.assertEqual(self.attacker.refresh(0, login=other).code, 441)
            for method, fill in ((stun.CREATE_PERMISSION, lambda m: m.peer(self.peer)),
                                 (stun.CHANNEL_BIND, lambda m: m.channel(0x4000).peer(self.peer))):
                self.assertEqual(self.attacker.request(method, fill, login=other).code, 441)
            self.assertEqual(self.attacker.allocate(login=other).code, 437)
        self.assertEqual(self.attacker.refresh().code, 200)

    def test_attack_18_unknown_user_and_wrong_password_get_the_same_octets(self):
        transaction = b"twelve bytes"
        answers = []
        with self.counts("rejected", "unknown_user"), self.counts("rejected", "wrong_integrity"):
            for user in ("mallory", turn_server.USER):
                message = Message(stun.ALLOCATE, transaction=transaction).transport()
                answer = self.attacker.ask(message.sign(self.login.but(user=user, password="guessed")))
                self.assertEqual(answer.code, 401)
                answers.append(answer.octets.replace(answer.get("NONCE"), b"nonce"))
        self.assertEqual(*answers)

    def test_attack_19_a_removed_user_is_out_at_the_next_request(self):
        self.assertEqual(self.target.command("user", "add", "erin", "--password", "first")[0], 0)
        client = self.client(user="erin")
        client.login.password = "first"
        self.wait_until(lambda: client.allocate().code in (200, 437), "a new user is let in")
        self.assertEqual(client.refresh().code, 200)
        self.assertEqual(self.target.command("user", "remove", "erin")[0], 0)
        self.wait_until(lambda: self.is_out(client), "a removed user keeps the allocation")
        again = self.client(user="erin")
        again.login.password = "first"
        self.assertEqual(again.allocate().code, 401)

    @staticmethod
    def is_out(client):
        try:
            return client.refresh().code in (401, 437)  # no such user, or no allocation any more
        except Closed:
            return True

    def test_attack_31_first_of_two_names_counts(self):
        message = Message(stun.ALLOCATE).transport().add("USERNAME", self.login.user).add("USERNAME", "carol")
        message.add("REALM", self.login.realm).add("NONCE", self.login.nonce).add("NONCE", b"other")
        self.assertEqual(self.attacker.ask(message.integrity(self.login.key())).code, 200)
        self.attacker.relayed = [True]
        self.assertEqual(self.attacker.refresh().code, 200)  # it is the first one's

    def test_attack_31_first_of_two_peers_counts(self):
        client = self.allocated()
        self.assertEqual(client.permit(self.peer).code, 200)
        for first, second, answers in ((self.peer, ("10.0.0.1", 1), 1), (("10.0.0.1", 1), self.peer, 0)):
            message = Message(stun.SEND, stun.INDICATION).peer(first).peer(second).add("DATA", b"x").add("DATA", b"y")
            client.wire.send(message.octets())
            if answers:
                self.assertEqual(client.receive(), (self.peer, b"x"))
            self.assertEqual(client.answers_before_fence(), [])

    def test_attack_52_a_name_is_not_prepared_for_a_nonce_that_is_not_ours(self):
        """A search through the name for each of its characters took 12 ms: 2000 such requests were 24 s of a worker."""
        dots, digits = "\u30fb" * 168 + "\u30b9", "\u0660" * 254
        before = self.target.cpu_seconds()
        for nonce, code in ((b"f" * 45, 438), (self.login.nonce, 401)):
            for name in (dots, digits):
                message = Message(stun.ALLOCATE).transport().sign(self.login.but(user=name, nonce=nonce))
                for _ in range(500):
                    self.attacker.wire.send(message.octets())
                    self.assertIn(self.attacker.answer_to(message.transaction).code, (code, None))
        self.assertLess(self.target.cpu_seconds() - before, 2.0)
        overlong = self.login.but(user="\u30fb" * 170)
        self.assertEqual(self.attacker.allocate(login=overlong).code, 400)

    def test_attack_46_expiry_is_digits_and_nothing_else(self):
        now = int(time.time())
        refused = ["-1:a", f"+{now + 60}:a", f" {now + 60}:a", f"{now + 60} :a", hex(now + 60) + ":a", "1e10:a", ":a",
                   f"{now - 1}:a", f"{now + 10 ** 6}:a", "9223372036854775808:a", "99999999999999999999:a",
                   f"{now + 60}.5:a", f"{2 ** 32 + now + 60}:a", f"{2 ** 64 + now + 60}:a"]
        with self.counts("rejected", "unknown_user", at_least=len(refused)):
            for name in refused:
                login = self.login.but(user=name, password=rest_password(name))
                self.assertEqual(self.attacker.allocate(login=login).code, 401, name)
        good = f"{now + 60}:a"
        forged = self.login.but(user=f"{now + 61}:a", password=rest_password(good))
        self.assertEqual(self.attacker.allocate(login=forged).code, 401)
        self.attacker.login = self.login.but(user=good, password=rest_password(good))
        self.assertEqual(self.attacker.allocate().code, 200)


    def test_attack_90_a_clock_may_be_ahead_and_a_name_of_any_script_and_no_more(self):
        now, day = int(time.time()), 86400
        for name, code in ((f"{now + day + 60}:a", 200), (f"{now + day + 400}:a", 401), (f"{now + 60}:Олег", 200),
                           (f"{now + 60}:Jo\u0308rg", 200), (f"{now - 60}:Олег", 401)):
            client = self.client()
            client.challenge()
            client.login = client.login.but(user=name, password=rest_password(name))
            self.assertEqual(client.allocate().code, code, name)
            status, _ = self.target.command("verify-credential", name, rest_password(name), "--set",
                                            f"auth.secret={turn_server.SECRET}")
            self.assertEqual(status == 0, code == 200, name)
        forged = f"{now + 60}:Олег"
        login = self.login.but(user=forged, password=rest_password(f"{now + 61}:Олег"))
        self.assertEqual(self.attacker.allocate(login=login).code, 401)


class BidDownAttack(Attack):
    """Somebody on the path edits the challenge so that a client which knows SHA-256 falls back (RFC 8489 9.2.1)."""

    def setUp(self):
        super().setUp()
        self.victim = self.client()
        challenge = self.victim.challenge()
        self.assertEqual(challenge.get("PASSWORD-ALGORITHMS"), OFFER)
        self.login = self.victim.login

    def allocate_with(self, login, algorithms=None, algorithm=None):
        message = Message(stun.ALLOCATE).transport().add("USERNAME", login.user).add("REALM", login.realm)
        message.add("NONCE", login.nonce)
        if algorithms is not None:
            message.add("PASSWORD-ALGORITHMS", algorithms)
        if algorithm is not None:
            message.add("PASSWORD-ALGORITHM", algorithm)
        sign = message.integrity_sha256 if login.algorithm == stun.SHA256 else message.integrity
        return self.victim.ask(sign(login.key())).code

    def test_control_sha256_works_as_offered(self):
        sha256 = self.login.but(algorithm=stun.SHA256)
        answer = self.victim.allocate(login=sha256)
        self.assertEqual(answer.code, 200)
        self.assertIsNotNone(answer.get("MESSAGE-INTEGRITY-SHA256"))
        self.assertTrue(answer.is_signed(sha256.key()))

    def test_a_nonce_without_its_feature_bits_is_stale(self):
        bare = b"obMatJos2AAAA" + self.login.nonce[COOKIE_BYTES:]
        for nonce in (bare, self.login.nonce[COOKIE_BYTES:], b"xxMatJos2" + self.login.nonce[9:]):
            self.assertEqual(self.allocate_with(self.login.but(nonce=nonce)), 438, nonce)

    def test_a_changed_offer_is_noticed(self):
        md5_only, sha_only = struct.pack("!HH", stun.MD5, 0), struct.pack("!HH", stun.SHA256, 0)
        swapped = struct.pack("!HHHH", stun.MD5, 0, stun.SHA256, 0)
        with self.counts("rejected", "bad_request", at_least=8):
            for algorithms, algorithm in ((md5_only, md5_only), (swapped, md5_only), (sha_only, sha_only),
                                          (OFFER, None), (None, md5_only), (OFFER, struct.pack("!HH", 3, 0)),
                                          (b"", md5_only), (OFFER, b"\0")):
                self.assertEqual(self.allocate_with(self.login, algorithms, algorithm), 400, (algorithms, algorithm))

    def test_the_key_is_that_of_the_algorithm_named(self):
        named_sha, named_md5 = struct.pack("!HH", stun.SHA256, 0), struct.pack("!HH", stun.MD5, 0)
        self.assertEqual(self.allocate_with(self.login, OFFER, named_sha), 401)
        self.assertEqual(self.allocate_with(self.login.but(algorithm=stun.SHA256), OFFER, named_md5), 401)
