"""The relay as a way into the operator's network: items 1 to 5, 7, 8, 11 of the list."""

import socket

import turn_message as stun
from world import SILENT_PORT, Attack, turn_server, udp_packet

MARK = b"mark of the attacker"
OUTGOING = 4  # PACKET_OUTGOING of packet(7)


class Tap:
    """Every packet that a server sends on any of its interfaces, loopback too."""

    def __init__(self, host):
        with host.entered():
            self._wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        self._wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._wire.setblocking(False)

    def sent_with_mark(self):
        found = []
        while True:
            try:
                packet, address = self._wire.recvfrom(2048)
            except BlockingIOError:
                return found
            if address[2] == OUTGOING and MARK in packet:
                found.append(packet)

    def close(self):
        self._wire.close()


class ProxyAttack(Attack):
    def setUp(self):
        super().setUp()
        self.tap = Tap(self.target.host)
        self.addCleanup(self.tap.close)

    def families(self):
        """A client with an IPv4 relay, and one with both families."""
        return (self.allocated(), self.allocated(lambda m: m.family(stun.IPV6, "ADDITIONAL-ADDRESS-FAMILY")))

    def expect_unreachable(self, *addresses, port=80):
        clients = self.families()
        # Each address is refused twice by each client, as forbidden or, by the first, as of the wrong family.
        with self.counts("rejected", "forbidden_peer", at_least=2 * len(addresses)), \
             self.counts("dropped", "no_permission", at_least=2 * len(addresses)), \
             self.counts("dropped", "no_channel", at_least=2 * len(addresses)):
            for address in addresses:
                for client in clients:
                    with self.subTest(address, families=len(client.relayed)):
                        peer = (address, port)
                        allowed = (403,) if len(client.relayed) == 2 or ":" not in address else (403, 443)
                        self.assertIn(client.permit(peer).code, allowed)
                        self.assertIn(client.bind(0x4abc, peer).code, allowed)
                        client.send(peer, MARK)
                        client.send_channel(0x4abc, MARK)
                        self.assertEqual(client.answers_before_fence(), [])
        self.assertEqual(self.tap.sent_with_mark(), [])

    def test_control_a_permitted_peer_is_reached(self):  # the tap sees what the other tests must not find
        client = self.allocated()
        self.assertEqual(client.permit(self.peer).code, 200)
        client.send(self.peer, MARK)
        self.assertEqual(client.receive(), (self.peer, MARK))
        self.assertNotEqual(self.tap.sent_with_mark(), [])

    def test_attack_01_loopback_and_unspecified_are_no_peers(self):  # CVE-2020-26262
        self.expect_unreachable("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255", "::", "::1")

    def test_attack_02_mapped_addresses_are_no_peers(self):  # CVE-2026-27624
        self.expect_unreachable("::ffff:127.0.0.1", "::ffff:0.0.0.0", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
                                "::ffff:192.168.0.1", "::ffff:8.8.8.8", f"::ffff:{self.world.peer.ipv4}")

    def test_attack_03_other_spellings_of_ipv4_are_no_peers(self):
        self.expect_unreachable(
            "::ffff:0:127.0.0.1", "::ffff:0:10.0.0.1", "::127.0.0.1", "::10.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
            "64:ff9b:1::127.0.0.1", "2001::f5ff:fffe", "2a00::5efe:127.0.0.1", "2a00::200:5efe:10.0.0.1")

    def test_attack_04_link_local_unique_local_and_metadata_are_no_peers(self):
        self.expect_unreachable("169.254.169.254", "169.254.0.1", "fd00:ec2::254", "fe80::1", "fec0::1", "fc00::1")

    def test_attack_62_what_is_not_global_unicast_or_serves_a_cloud_is_no_peer(self):
        self.expect_unreachable("168.63.129.16", "192.80.8.124", "161.26.0.10", "166.8.0.1", "::ffff:0:8.8.8.8", "100::1",
                                "1fff:ffff::1", "4000::1", "7f00::1", "9000::1", "e000::1", "64:ff9b:1:7f00:0:100::")

    def test_attack_92_a_program_on_the_servers_own_address_is_no_peer(self):
        """An SFU beside the relay, say: whoever means it hears of it, and nothing is sent."""
        client = self.allocated()
        own = self.target.host.ipv4
        with self.counts("rejected", "own_service", at_least=6):
            for port in (turn_server.PORT, turn_server.TLS_PORT, 9641):
                self.assertEqual(client.permit((own, port)).code, 403)
                self.assertEqual(client.bind(0x4abc, (own, port)).code, 403)
        free = next(port for port in range(50000, 50100) if (own, port) != client.relayed[0])
        self.assertEqual(client.bind(0x4abc, (own, free)).code, 403)
        self.assertEqual(client.permit((own, free)).code, 200)  # somebody may have it later
        client.send((own, free), MARK)
        client.send_channel(0x4abc, MARK)
        self.assertEqual(client.answers_before_fence(), [])
        self.assertEqual(self.tap.sent_with_mark(), [])
        other = self.allocated(host="accomplice")
        self.assertEqual(client.bind(0x4abc, other.relayed[0]).code, 200)

    def test_attack_05_every_private_network_ends_where_its_prefix_ends(self):
        self.expect_unreachable("10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
                                "192.168.255.255", "100.64.0.0", "100.127.255.255", "224.0.0.1", "255.255.255.255",
                                "ff02::1")
        outside = ("11.0.0.0", "172.15.255.255", "172.32.0.0", "192.169.0.0", "100.128.0.0")
        self.assertEqual(self.allocated().permit(*((address, 1) for address in outside)).code, 200)

    def test_attack_07_own_infrastructure_is_no_peer(self):
        """The server's address is that of relays, so it may be permitted; but what is sent there stays inside."""
        client = self.allocated()
        own = self.target.host.ipv4
        binding = stun.Message(stun.BINDING).add("SOFTWARE", MARK).octets()
        with self.counts("dropped", "no_hairpin", at_least=4):
            bindings = self.target.metrics()[("stun_bindings",)]
            self.assertEqual(client.permit((own, 0)).code, 200)
            for port in (turn_server.PORT, turn_server.TLS_PORT, 9641, 22):
                client.send((own, port), binding)
            self.assertEqual(client.answers_before_fence(), [])
        self.assertEqual(self.target.metrics()[("stun_bindings",)], bindings + 1)  # the fence's
        self.assertEqual(self.tap.sent_with_mark(), [])

    def test_attack_07_neighbours_without_a_rule_are_no_peers(self):
        self.expect_unreachable(self.world.net.host("attacker").ipv4, self.world.net.host("small").ipv4)

    def test_attack_08_no_tcp_relay_unless_switched_on(self):
        client = self.client()
        with self.counts("rejected", "unsupported_transport"):
            client.challenge()
            message = stun.Message(stun.ALLOCATE).transport(stun.TCP).sign(client.login)
            self.assertEqual(client.ask(message).code, 442)
        self.assertEqual(client.allocate().code, 200)
        for method, fill in ((stun.CONNECT, lambda m: m.peer(("127.0.0.1", 22))),
                             (stun.CONNECT, lambda m: m.peer(self.peer)),
                             (stun.CONNECTION_BIND, lambda m: m.word("CONNECTION-ID", 1))):
            self.assertGreaterEqual(client.request(method, fill).code, 400)

    def test_attack_06_a_rule_that_cannot_be_read_changes_nothing(self):
        self.addCleanup(self.target.configure, "")
        for rules in ('["10.0.0.0/33"]', '["10.0.0.1-10.0.0.9"]', '["not an address"]', '["10.0.0.0/8:0-99999"]',
                      '"all"'):
            self.target.configure(f"[relay]\ndeny_peers = {rules}\n")
            status, output = self.target.command("reload")
            self.assertNotEqual(status, 0, rules)
            self.assertIn("deny_peers", output + self.target.server.process.tail(3))
        self.expect_unreachable("10.0.0.1")

    def test_attack_10_a_new_rule_closes_what_is_open(self):
        client = self.allocated(lambda m: m.family(stun.IPV6))
        self.assertEqual(client.bind(0x4000, self.peer6).code, 200)
        client.send_channel(0x4000, b"before")
        self.assertEqual(client.receive(), (0x4000, b"before"))
        self.addCleanup(self.target.command, "reload")
        self.addCleanup(self.target.configure, "")
        self.target.configure(f'[relay]\ndeny_peers = ["{self.peer6[0]}"]\n')
        self.assertEqual(self.target.command("reload")[0], 0)
        with self.counts("dropped", "no_permission", at_least=2), \
             self.counts("rejected", "forbidden_peer", at_least=2):
            self.wait_until(lambda: client.permit(self.peer6).code == 403, "the rule is not in force")
            self.assertEqual(client.bind(0x4000, self.peer6).code, 403)  # a renewal is judged like the first
            client.send(self.peer6, MARK)
            client.send_channel(0x4000, MARK)
            back = self.world.peer.socket(socket.AF_INET6)
            self.addCleanup(back.close)
            back.sendto(MARK, client.relayed[0])
            self.assertEqual(client.answers_before_fence(), [])
        self.assertEqual(self.tap.sent_with_mark(), [])

    def test_attack_11_peers_without_permission_reach_no_client(self):
        client = self.allocated()
        self.assertEqual(client.permit(self.peer).code, 200)
        with self.counts("dropped", "no_permission", at_least=5):
            sender = self.world.net.host("accomplice").socket()
            self.addCleanup(sender.close)
            for _ in range(5):
                sender.sendto(MARK, client.relayed[0])
            # What a permitted peer sends after it arrives alone.
            client.send(self.peer, b"after")
            self.assertEqual(client.receive(), (self.peer, b"after"))

    def test_attack_11_a_forged_sender_must_be_permitted_too(self):
        client = self.allocated()
        raw = self.stranger()
        with self.counts("dropped", "no_permission", at_least=1):
            for source in ("9.9.9.9", self.world.peer.ipv4):
                raw.sendto(udp_packet((source, SILENT_PORT), client.relayed[0], MARK), client.relayed[0])
            self.assertEqual(client.answers_before_fence(), [])

    def test_attack_11_another_clients_relay_needs_permission_too(self):
        victim, attacker = self.allocated(user="carol", host="accomplice"), self.allocated()
        self.assertEqual(victim.permit(self.peer).code, 200)
        self.assertEqual(attacker.permit(victim.relayed[0]).code, 200)  # permits what comes back, to itself
        with self.counts("dropped", "no_permission", at_least=2):
            attacker.send(victim.relayed[0], MARK)
            self.assertEqual(attacker.bind(0x4001, victim.relayed[0]).code, 200)
            attacker.send_channel(0x4001, MARK)
            self.assertEqual(attacker.answers_before_fence(), [])
        victim.send(self.peer, b"after")
        self.assertEqual(victim.receive(), (self.peer, b"after"))

    def test_attack_20_nothing_is_relayed_for_strangers(self):
        client = self.client()
        with self.counts("rejected", "challenge", at_least=4), self.counts("dropped", "no_allocation", at_least=2):
            for method in (stun.ALLOCATE, stun.REFRESH, stun.CREATE_PERMISSION, stun.CHANNEL_BIND):
                self.assertEqual(client.ask(stun.Message(method).transport().peer(self.peer)).code, 401)
            client.send(self.peer, MARK)
            client.send_channel(0x4000, MARK)
            self.assertEqual(client.answers_before_fence(), [])
        self.assertEqual(self.tap.sent_with_mark(), [])
