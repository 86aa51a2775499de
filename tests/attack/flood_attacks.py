"""Exhaustion: items 32, 34, 36 to 38, 50, 55 and 59 of the list."""

import contextlib
import time

import turn_client
import turn_message as stun
from login_attacks import rest_password
from turn_message import Login, Message
from world import (REST_SECONDS, SMALL_PER_SOURCE, SMALL_PER_USER, SMALL_PORTS, SMALL_REPLIES, Attack, udp_packet)

PER_MINUTE = 30  # limits.wrong_passwords_per_minute, where nobody sets it


class FloodAttack(Attack):
    def test_attack_32_requests_leave_nothing_behind(self):
        """10,000 requests of one stranger: answered one by one, and nothing of them remains."""
        client = self.client()
        memory = self.target.memory()
        for start in range(0, 10000, 50):
            messages = [Message(stun.BINDING if start % 100 else stun.ALLOCATE).transport() for _ in range(50)]
            for message in messages:
                client.wire.send(message.octets())
            for message in messages:
                client.answer_to(message.transaction, 0.2)
        self.assertLess(self.target.memory(), memory + (2 << 20))

    def test_attack_37_no_variant_of_allocate_loses_a_port(self):
        used_key = ("relay_ports", self.target.host.ipv4, "used")
        before = self.target.metrics()[used_key]
        client, claimer = self.client(), self.client()
        variants = (None, lambda m: m.add("EVEN-PORT", b"\0"), lambda m: m.add("EVEN-PORT", b"\x80"),
                    lambda m: m.add("EVEN-PORT", b"\0").family(stun.IPV6, "ADDITIONAL-ADDRESS-FAMILY"),
                    lambda m: m.add("RESERVATION-TOKEN", b"guessed!"),
                    lambda m: m.family(stun.IPV6).add("EVEN-PORT", b"\0"))
        for turn in range(60):
            answer = client.allocate(variants[turn % len(variants)])
            token = answer.get("RESERVATION-TOKEN") if answer.code == 200 else None
            if token:
                self.assertEqual(client.relayed[0][1] % 2, 0)
                self.assertEqual(claimer.allocate(lambda m: m.add("RESERVATION-TOKEN", token)).code, 200)
                self.assertEqual(claimer.relayed[0][1], client.relayed[0][1] + 1)
                self.assertEqual(claimer.refresh(0).code, 200)
                again = claimer.allocate(lambda m: m.add("RESERVATION-TOKEN", token))
                self.assertEqual(again.code, 508)
            self.assertEqual(client.refresh(0).code, 200 if answer.code == 200 else 437)
        self.wait_until(lambda: self.target.metrics()[used_key] == before, "ports are lost")

    def test_attack_38_permissions_of_one_allocation_are_bounded(self):
        client = self.allocated()
        with self.counts("rejected", "no_capacity", at_least=9):
            codes = [client.permit(*((f"11.0.{turn}.{peer}", 1) for peer in range(20))).code for turn in range(60)]
        self.assertEqual((codes.count(200), codes.count(508)), (51, 9))
        self.assertEqual(client.permit(self.peer).code, 200)  # 1,020 and one
        self.assertEqual(client.permit(*((f"11.1.1.{peer}", 1) for peer in range(4))).code, 508)  # all or none

    def test_attack_38_channels_of_one_allocation_are_bounded(self):
        client = self.allocated()
        with self.counts("rejected", "no_capacity", at_least=40):
            codes = [client.bind(0x4000 + number, ("11.0.0.1", 1000 + number)).code for number in range(1064)]
        self.assertEqual((codes.count(200), codes.count(508)), (1024, 40))
        self.assertEqual(client.bind(0x4000, ("11.0.0.1", 1000)).code, 200)  # a renewal needs no room

    def test_attack_50_freed_port_rests_before_anybody_gets_it(self):
        client = self.client()
        ports = []
        for _ in range(60):
            self.assertEqual(client.allocate().code, 200)
            ports.append(client.relayed[0][1])
            self.assertEqual(client.refresh(0).code, 200)
        self.assertEqual(len(set(ports)), 60)
        steps = {later - earlier for earlier, later in zip(ports, ports[1:])}
        self.assertGreater(len(steps), 40, "relay ports follow each other in a pattern")  # item 12: no guessing

    def test_attack_50_nothing_flows_after_the_end(self):
        client = self.allocated()
        self.assertEqual(client.bind(0x4000, self.peer).code, 200)
        relayed = client.relayed[0]
        self.assertEqual(client.refresh(0).code, 200)
        with self.counts("dropped", "no_allocation", at_least=2):
            client.send(self.peer, b"late")
            client.send_channel(0x4000, b"late")
            self.assertEqual(client.answers_before_fence(), [])
        late = self.world.net.host("peer").socket()
        self.addCleanup(late.close)
        late.sendto(b"late", relayed)
        self.assertEqual(client.answers_before_fence(), [])
        self.assertEqual(client.refresh(0).code, 437)


class SmallFloodAttack(Attack):
    """Against the server with small bounds."""
    target_name = "small"

    def test_attack_36_many_allocates_at_once_stay_within_the_quota(self):
        clients = [self.newcomer("crowd", ipv6=True) for _ in range(12)]
        with self.counts("rejected", "user_quota", at_least=12 - SMALL_PER_USER):
            messages = [Message(stun.ALLOCATE).transport().sign(client.login) for client in clients]
            for client, message in zip(clients, messages):
                client.wire.send(message.octets())
            codes = [client.answer_to(message.transaction).code for client, message in zip(clients, messages)]
        for client in clients:
            client.relayed = [True]
        self.assertEqual((codes.count(200), codes.count(486)), (SMALL_PER_USER, 12 - SMALL_PER_USER))
        self.served_elsewhere()

    def newcomer(self, user, **where):
        """Somebody whom no port that still rests counts against; the source must be one that no other test uses up."""
        client = self.client(**where)
        self.challenge(client)
        name = f"{int(time.time()) + 600}:{user}"
        client.login = Login(name, rest_password(name), client.login.realm, client.login.nonce)
        return client

    def served_elsewhere(self):
        self.assertEqual(self.newcomer(self.id(), ipv6=True).allocate().code, 200)

    def churn(self, fill, turns=30, **where):
        """Allocate and Refresh 0 in turn, over one connection."""
        client = self.newcomer("churner" + str(where), **where)
        codes = []
        for _ in range(turns):
            codes.append(client.allocate(fill).code)
            if codes[-1] == 200:
                self.assertEqual(client.refresh(0).code, 200)
        return codes

    def test_attack_54_ports_that_rest_count_against_their_user(self):
        with self.counts("rejected", "user_quota", at_least=30 - SMALL_PER_USER):
            self.assertEqual(self.churn(None, host="peer"), [200] * SMALL_PER_USER + [486] * (30 - SMALL_PER_USER))
        self.served_elsewhere()

    def test_attack_54_reservations_count_and_end(self):
        """EVEN-PORT with R held a socket for 30 s each time, of nobody's."""
        descriptors = self.target.descriptors()
        codes = self.churn(lambda message: message.add("EVEN-PORT", b"\x80"), host="peer", ipv6=True)
        self.assertLessEqual(codes.count(200), SMALL_PER_USER)
        self.assertGreaterEqual(codes.count(486), 25)
        self.assertLessEqual(self.target.descriptors(), descriptors + SMALL_PER_USER + 1)
        self.served_elsewhere()
        held = self.target.descriptors()
        self.wait_until(lambda: self.target.descriptors() <= held - codes.count(200), "reservations stay",
                        REST_SECONDS + 5)

    def allocations_of(self, login_of, host, wanted):
        """Clients of one user on one host until `wanted` have an allocation, and the code of one too many."""
        clients = [self.client(host=host) for _ in range(wanted + 1)]
        codes = []
        for client in clients:
            self.challenge(client)
            client.login = Login(*login_of, client.login.realm, client.login.nonce)
            codes.append(client.allocate().code)
        return codes

    def challenge(self, client):
        """Patiently: this server answers few strangers a second."""
        client.wire.timeout = 0.3
        self.wait_until(lambda: client.challenge().code == 401, "a challenge")
        client.wire.timeout = turn_client.TIMEOUT_SECONDS

    def test_attack_36_quotas_and_ports_run_out_for_the_attacker_only(self):
        metrics = self.target.metrics()
        self.assertEqual(metrics[("relay_ports", self.target.host.ipv4, "used")], 1, "the innocent one's")
        alice, carol, dave = (("alice", "correct horse"), ("carol", "carol's password"), ("dave", "dave's password"))
        with self.counts("rejected", "user_quota"):
            codes = self.allocations_of(alice, "attacker", SMALL_PER_USER)
            self.assertEqual(codes, [200] * SMALL_PER_USER + [486])
        with self.counts("rejected", "source_quota"):
            rest = SMALL_PER_SOURCE - SMALL_PER_USER
            self.assertEqual(self.allocations_of(carol, "attacker", rest), [200] * rest + [486])
        self.assertEqual(self.allocations_of(dave, "accomplice", SMALL_PER_USER), [200] * SMALL_PER_USER + [486])
        with self.counts("rejected", "no_capacity"):
            left = SMALL_PORTS - 1 - SMALL_PER_SOURCE - SMALL_PER_USER
            name = f"{int(time.time()) + 600}:zoe"
            codes = self.allocations_of((name, rest_password(name)), "accomplice", left)
            self.assertEqual(codes, [200] * left + [508])
        metrics = self.target.metrics()
        self.assertEqual(metrics[("relay_ports", self.target.host.ipv4, "used")], SMALL_PORTS)
        self.assertEqual(self.world.innocents["small"].check(), [])

    def test_attack_59_a_right_password_behind_many_guesses_is_not_let_in(self):
        """5000 guesses took 0.2 s once, and the right one behind them was let in."""
        settled = self.client(user="dave")  # a live allocation of that user and source
        self.challenge(settled)
        self.assertEqual(settled.allocate().code, 200)
        guesser, other = self.client(user="dave"), self.client(user="carol")
        for client in (guesser, other):
            self.challenge(client)
        right, guesses = guesser.login, 500
        wrong = right.but(password="guessed")
        messages = [Message(stun.ALLOCATE).transport().sign(wrong).octets() for _ in range(guesses)]
        last = Message(stun.ALLOCATE).transport().sign(right)
        with self.counts("dropped", "guessing", at_least=guesses - PER_MINUTE - 10):
            for octets in messages:
                guesser.wire.send(octets)
            self.assertIsNone(guesser.ask(last, timeout=0.5).code)
        self.assertEqual(settled.refresh().code, 200)
        self.assertEqual(other.allocate().code, 200)
        elsewhere = self.client(user="dave", host="accomplice")
        self.challenge(elsewhere)
        self.assertEqual(elsewhere.allocate().code, 200)
        # A guess in two seconds comes free again, and who knows the password uses none up.
        self.wait_until(lambda: self.is_let_in("dave"), "the right password is let in later", seconds=20)

    def is_let_in(self, user):
        with contextlib.suppress(turn_client.Closed, OSError):  # a stream that stays unproven is closed
            return self.client(user=user).allocate().code == 200
        return False

    def test_attack_55_who_proved_its_address_does_not_fall_silent_for_others(self):
        """Datagrams under the victim's address use up what its address may be answered, for strangers only."""
        host = self.world.net.host("accomplice")
        victim, settled = self.client(host="accomplice"), self.client(user="carol", host="accomplice")
        for client in (victim, settled):
            self.challenge(client)
        self.assertEqual(settled.allocate().code, 200)
        raw, target = self.stranger(), self.target.address("udp")
        with self.counts("dropped", "rate_limited", at_least=1000):
            for port in range(10000, 11000):
                for message in (Message(stun.BINDING), Message(stun.ALLOCATE).transport()):
                    raw.sendto(udp_packet((host.ipv4, port), target, message.octets()), target)
        wrong = victim.login.but(password="mistyped")
        self.assertEqual(victim.allocate(login=wrong).code, 401)
        self.assertEqual(settled.ask(Message(stun.BINDING)).code, 200)
        self.assertEqual(settled.refresh().code, 200)
        for transport in ("tcp", "tls", "dtls"):
            self.assertEqual(self.client(host="accomplice", transport=transport).challenge().code, 401, transport)
        self.assertEqual(victim.allocate().code, 200)

    def test_attack_34_strangers_are_answered_by_budget(self):
        """Per address, whatever the port or the connection; others are answered."""
        clients = [self.client() for _ in range(3)]
        started, asked = time.monotonic(), 100
        with self.counts("dropped", "rate_limited", at_least=asked):
            for client in clients:
                for _ in range(asked):
                    client.wire.send(Message(stun.BINDING).octets())
            answered = 0
            for client in clients:
                while client.wire.receive(0.3) is not None:
                    answered += 1
        seconds = time.monotonic() - started
        # One budget per worker, of which there are two.
        self.assertLessEqual(answered, 2 * (2 * SMALL_REPLIES + SMALL_REPLIES * seconds) + 2)
        self.assertEqual(self.client(host="accomplice").ask(Message(stun.BINDING)).code, 200)
