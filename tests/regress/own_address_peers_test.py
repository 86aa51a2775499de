"""A media server on the relay's own address: CreatePermission and ChannelBind succeeded, and its media vanished without a
word. A rule for ::1 was accepted and void, since ::1 counted as a form of 0.0.0.1, and a relay on ::1 dropped everything."""

import os
import socket
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "process"))
from icebox_process import Icebox
from log_test import json_events
from loopback_turn import client, wait_until

ALICE = 'auth.users={alice="correct horse"}'
IPV6_LISTEN = '["udp://127.0.0.1:0","udp://[::1]:0"]'


class OwnAddressPeers(unittest.TestCase):
    def media_server(self, host="127.0.0.1"):
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        sock.bind((host, 0))
        sock.settimeout(5)
        return sock

    def test_a_media_server_is_refused_with_a_word(self):
        media = self.media_server()
        with Icebox(ALICE, "log.format=json", 'relay.ports="61940-61949"') as icebox:
            one = client(icebox, "alice", "correct horse")
            self.assertEqual(one.allocate().code, 200)
            peer = media.getsockname()
            self.assertEqual(one.permit(peer).code, 403)
            self.assertEqual(one.bind(0x4000, peer).code, 403)
            self.assertTrue(wait_until(lambda: json_events(icebox, "own_service_refused")))
        told = json_events(icebox, "own_service_refused")[0]
        self.assertEqual(told["level"], "warn")
        self.assertIn("relay.allow_peers", told["cure"])

    def test_a_rule_lets_its_media_through(self):
        media = self.media_server()
        port = media.getsockname()[1]
        with Icebox(ALICE, 'relay.ports="61940-61949"', f'relay.allow_peers=["127.0.0.1:{port}"]') as icebox:
            self.exchange(icebox, media)

    def test_a_relay_on_ipv6_loopback_works_when_allowed(self):
        media = self.media_server("::1")
        with Icebox(ALICE, 'relay.allow_peers=["::1"]', 'relay.addresses=["127.0.0.1","::1"]',
                    'relay.ports="61940-61949"', listen=IPV6_LISTEN) as icebox:
            self.exchange(icebox, media, lambda message: message.family(2))

    def exchange(self, icebox, media, fill=None):
        one = client(icebox, "alice", "correct horse")
        self.assertEqual(one.allocate(fill).code, 200)
        peer = media.getsockname()[:2]
        self.assertEqual(one.bind(0x4000, peer).code, 200)
        one.send_channel(0x4000, b"media")
        octets, relayed = media.recvfrom(100)
        self.assertEqual(octets, b"media")
        media.sendto(b"back", relayed)
        self.assertEqual(one.receive(), (0x4000, b"back"))

    def test_a_rule_that_cannot_act_is_an_error(self):
        for rules, word in (('relay.allow_peers=["64:ff9b::7f00:1"]', "loopback"),
                            ('relay.allow_peers=["::ffff:10.0.0.1"]', "write 10.0.0.1/32"),
                            ('relay.allow_peers=["10.0.0.0/8"]', None)):
            icebox = Icebox(rules, 'relay.deny_peers=["192.0.2.0/24"]')
            for words in (("check-config",), ("explain", "peer", "10.0.0.1")):
                status, _, error = icebox.command(*words)
                self.assertEqual(status, 2 if word else 0, error)
                if word:
                    self.assertIn("relay.allow_peers", error)
                    self.assertIn(word, error)
        # Shutting out in a hurry what was allowed is never refused.
        with Icebox('relay.allow_peers=["10.1.0.0/16"]', 'relay.deny_peers=["10.0.0.0/8"]') as icebox:
            self.assertIn("it is covered by relay.deny_peers 10.0.0.0/8", " ".join("".join(icebox.banner).split()))

    def test_explain_knows_loopback_of_ipv6(self):
        status, out, _ = Icebox('relay.allow_peers=["::1"]').command("explain", "peer", "::1")
        self.assertEqual(status, 0)
        self.assertIn("allowed by relay.allow_peers ::1/128", out)


if __name__ == "__main__":
    unittest.main()
