"""What /metrics tells of signaling, and which pages of other sites may use the API."""
import asyncio
import http.client
import json
import re
import socket
import unittest

import websockets

from hub_test import Client, HubCase
from icebox_process import Icebox, http_get
from loopback_turn import client, wait_until

WRONG = "ibx_" + "A" * 43


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read(port):
    """{'name{labels}': value}"""
    status, text = http_get(port, "/metrics")
    assert status == 200, status
    return {name: float(value) for name, value in re.findall(r"^([a-z][^ ]*) ([0-9.e+]+)$", text, re.M)}


class Dtls(unittest.TestCase):
    def test_associations_are_counted_and_held_to_the_limit_of_a_source(self):
        port = free_port()
        with Icebox("limits.connections_per_source=1", "workers=1", 'auth.users={ann="password"}',
                    f"metrics.listen=127.0.0.1:{port}") as icebox:
            def settled(name, value):
                self.assertTrue(wait_until(lambda: read(port)[name] >= value), name)

            first = client(icebox, "ann", "password", "dtls")
            self.assertEqual(first.allocate().code, 200)
            settled("icebox_dtls_associations", 1)
            settled('icebox_allocations{transport="dtls",family="ipv4"}', 1)
            with self.assertRaises(TimeoutError):
                client(icebox, "ann", "password", "dtls")
            settled('icebox_dtls_handshakes_total{outcome="limit"}', 1)
            self.assertEqual(read(port)['icebox_dtls_handshakes_total{outcome="opened"}'], 1)
            first.close()
            self.assertTrue(wait_until(lambda: read(port)["icebox_dtls_associations"] == 0))


class Metrics(HubCase):
    def setUp(self):
        self.metrics_port = free_port()
        self.settings = (f"metrics.listen=127.0.0.1:{self.metrics_port}", "signaling.registration=otp")
        super().setUp()

    def read(self):
        return read(self.metrics_port)

    def test_counters_follow_what_happens(self):
        async def talk(token):
            ann = Client(self.port, token)
            await ann.open()
            await ann.send("laptop", "hello")
            await ann.receive_until("data")
            await ann.confirm()
            await ann.receive_until("ack")
            await ann.send("nobody", "hello")
            await ann.receive_until("nack")
            await ann.socket.send("{")
            await ann.receive_until("code")
            during = self.read()
            await ann.socket.close()
            with self.assertRaises(websockets.InvalidStatusCode):
                await Client(self.port, WRONG).open()
            return during

        token = self.add_peer("ann", "laptop")
        before = self.read()
        during = asyncio.run(talk(token))
        self.assertEqual(during['icebox_websockets{dialect="icebox"}'], 1)
        self.assertEqual(during["icebox_hub_sessions"], 1)
        self.assertEqual(during["icebox_peers"], 1)
        self.assertEqual(self.call("POST", "/api/register", {"user": "ann", "name": "x"})[0], 403)
        self.assertEqual(self.call("POST", "/api/invitations/redeem", {"invitation": WRONG, "name": "x"})[0], 404)
        after = self.read()
        grown = {name for name in after if after[name] > before.get(name, 0)}
        for name in ('icebox_hub_messages_total{outcome="relayed"}', 'icebox_hub_messages_total{outcome="delivered"}',
                     'icebox_hub_refused_total{reason="target"}', 'icebox_hub_attached_total{how="all"}',
                     'icebox_websocket_events_total{dialect="icebox",event="opened"}',
                     'icebox_websocket_events_total{dialect="icebox",event="message_received"}',
                     'icebox_dialect_refused_total{dialect="icebox",reason="bad_message"}',
                     'icebox_dialect_refused_total{dialect="icebox",reason="not_admitted"}',
                     'icebox_identity_refused_total{reason="wrong_token"}',
                     'icebox_identity_refused_total{reason="wrong_invitation"}',
                     'icebox_identity_refused_total{reason="registration"}'):
            self.assertIn(name, grown)
        for name in ('icebox_hub_messages_total{outcome="not_delivered"}',
                     'icebox_identity_refused_total{reason="throttled_source"}',
                     'icebox_websockets{dialect="peerjs"}'):
            self.assertIn(name, after)
            self.assertNotIn(name, grown)

    def test_wrong_and_throttled_one_time_passwords_are_counted(self):
        self.add_peer("ann", "laptop")
        self.assertEqual(self.icebox.command("peer", "otp", "ann")[0], 0)
        joined = []
        self.eventually(lambda: joined.append(self.call("POST", "/api/register", {"user": "ann", "name": "phone"}))
                        or joined[-1][0] == 201)
        token = joined[-1][1]["token"]
        found = [self.call("POST", "/api/verify", {"otp": "000000"}, token)[0] for _ in range(6)]
        self.assertEqual(found, [403] * 5 + [401])  # the peer was removed
        status, joined = self.call("POST", "/api/register", {"user": "ann", "name": "watch"})
        self.assertEqual(status, 201)
        found = [self.call("POST", "/api/verify", {"otp": "000000"}, joined["token"])[0] for _ in range(2)]
        self.assertEqual(found, [429] * 2)
        after = self.read()
        self.assertEqual(after['icebox_identity_refused_total{reason="wrong_otp"}'], 5)
        self.assertEqual(after['icebox_identity_refused_total{reason="throttled_otp"}'], 2)


class Cors(unittest.TestCase):
    """Pages of other sites: what a browser asks before, and what it lets them read."""
    APP, EVIL = "https://app.example.org", "https://evil.example"

    def ask(self, icebox, method, path, origin, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", icebox.port("tcp"), timeout=10)
        connection.request(method, path, headers={"Origin": origin, **headers})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def allowed(self, icebox, path, origin):
        return self.ask(icebox, "GET", path, origin).getheader("Access-Control-Allow-Origin")

    def test_allowed_origins_decide_and_a_reload_changes_them(self):
        toml = "[signaling]\nallowed_origins = {}\n"
        paths = ("/api/ice-servers", "/client/index.js")
        with Icebox("limits.http_requests_per_second=1000", config=toml.format(json.dumps([self.APP]))) as icebox:
            for path in paths:
                self.assertEqual(self.allowed(icebox, path, self.APP), self.APP, path)
                self.assertIsNone(self.allowed(icebox, path, self.EVIL), path)
            self.assertIsNone(self.allowed(icebox, "/", self.APP))
            preflight = self.ask(icebox, "OPTIONS", "/api/verify", self.APP, **{
                "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"})
            self.assertEqual(preflight.status, 204)
            self.assertEqual(preflight.getheader("Access-Control-Allow-Origin"), self.APP)
            self.assertIn("POST", preflight.getheader("Access-Control-Allow-Methods"))
            self.assertIn("Authorization", preflight.getheader("Access-Control-Allow-Headers"))

            icebox.write_config(toml.format(json.dumps([self.EVIL])))
            self.assertIn("signaling.allowed_origins: applied", icebox.command("reload")[1])
            for path in paths:
                self.assertTrue(wait_until(lambda: self.allowed(icebox, path, self.EVIL) == self.EVIL))
                self.assertIsNone(self.allowed(icebox, path, self.APP), path)
            icebox.write_config("\n")
            icebox.command("reload")
            for path in paths:
                self.assertIsNone(self.allowed(icebox, path, self.EVIL), path)


if __name__ == "__main__":
    unittest.main()
