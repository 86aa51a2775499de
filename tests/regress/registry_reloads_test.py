"""Each device that came or went made the server read all accounts, peers and tokens again, and go through them on the
thread of all signaling: with 60 000 peers one device that looped invite, redeem, remove took another user's messages from
4 to 126 ms. Nothing that clients cause reads all again now, and nobody may do it without end."""

import http.client
import json
import os
import re
import secrets
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "process"))
from icebox_process import Icebox
from metrics_test import free_port, read

ACCOUNTS = 3000
LOOPS = 20
BOUND = 60  # an hour: kInvitations, kRedemptions, kRemovals
TOKEN = r"ibx_[A-Za-z0-9_-]{43}"


class RegistryReloads(unittest.TestCase):
    def setUp(self):
        self.metrics_port = free_port()
        self.icebox = Icebox("limits.http_requests_per_second=1000", "signaling.registration=open",
                             f"metrics.listen=127.0.0.1:{self.metrics_port}", "signaling.peers_per_user=200")
        self.icebox.__enter__()
        self.addCleanup(self.icebox.__exit__)
        self.database = sqlite3.connect(os.path.join(self.icebox.data, "icebox.db"), isolation_level=None)
        self.addCleanup(self.database.close)
        self.http = http.client.HTTPConnection("127.0.0.1", self.icebox.port("tcp"), timeout=10)
        self.addCleanup(self.http.close)

    def ask(self, path, body, token=None):
        """(status, JSON or None, headers)"""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        self.http.request("POST" if body is not None else "GET", path, json.dumps(body), headers)
        answer = self.http.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None, answer.headers

    def add(self, user, name):
        before = self.metric("icebox_peers")
        status, out, error = self.icebox.command("peer", "add", user, name, "--json")
        self.assertEqual(status, 0, error)
        self.eventually(lambda: self.metric("icebox_peers") > before)
        return json.loads(out)["token"]

    def eventually(self, condition):
        deadline = time.monotonic() + 10
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def metric(self, name):
        return read(self.metrics_port)[name]

    def fill(self):
        """Thousands of users, of whom the server hears by reading all: more has changed than it notes."""
        now = int(time.time())
        self.database.execute("BEGIN")
        for number in range(ACCOUNTS):
            account = self.database.execute("INSERT INTO accounts (name, created_at) VALUES (?, ?)",
                                            (f"user{number}", now)).lastrowid
            peer = self.database.execute(
                "INSERT INTO peers (account_id, name, kind, fingerprint, verified_at, created_at) VALUES (?, 'a', '', ?, ?, ?)",
                (account, secrets.token_hex(32).upper(), now, now)).lastrowid
            self.database.execute("INSERT INTO tokens (hash, purpose, peer_id, created_at) VALUES (?, 'peer', ?, ?)",
                                  (secrets.token_bytes(32), peer, now))
        self.database.execute("COMMIT")
        self.eventually(lambda: self.metric("icebox_peers") >= ACCOUNTS)

    def invite(self, token):
        status, answer, _ = self.ask("/api/invitations", {}, token)
        self.assertEqual(status, 201)
        return re.search(TOKEN, answer["url"]).group(0)

    def test_who_comes_and_goes_costs_nothing_of_the_others(self):
        eve = self.add("eve", "first")
        self.fill()
        reloads = self.metric("icebox_registry_reloads_total")
        self.assertGreaterEqual(reloads, 1)
        for number in range(LOOPS):
            status, answer, _ = self.ask("/api/invitations/redeem", {"invitation": self.invite(eve), "name": f"n{number}"})
            self.assertEqual(status, 201)
            token = answer["token"]
            self.assertEqual(self.ask("/api/rename", {"name": f"m{number}"}, token)[0], 204)
            self.assertEqual(self.ask("/api/remove", {}, token)[0], 204)
            self.assertEqual(self.ask("/api/ice-servers", None, token)[0], 401)
        self.assertEqual(self.ask("/api/register", {"user": "mallory", "name": "one"})[0], 201)
        self.assertEqual(self.ask("/api/register", {"user": "mallory", "name": "two"})[0], 201)
        self.assertEqual(self.icebox.command("peer", "verify", "mallory", "two", "--self-registered")[0], 0)
        self.assertEqual(self.icebox.command("peer", "token", "eve", "first")[0], 0)
        self.eventually(lambda: self.ask("/api/ice-servers", None, eve)[0] == 401)
        self.assertEqual(self.metric("icebox_peers"), ACCOUNTS + 3)
        self.assertEqual(self.metric("icebox_registry_reloads_total"), reloads)

    def refused(self, path, body, token, reason):
        status, _, headers = self.ask(path, body, token)
        self.assertEqual(status, 429)
        self.assertTrue(0 < int(headers["Retry-After"]) <= 3600)
        self.assertEqual(self.metric(f'icebox_identity_refused_total{{reason="{reason}"}}'), 1)

    def test_invitations_of_a_user_and_devices_that_come_by_them_are_few(self):
        eve, other, ann = self.add("eve", "first"), self.add("eve", "other"), self.add("ann", "laptop")
        for number in range(BOUND):
            invitation = self.invite(eve if number % 2 else other)
            self.assertEqual(self.ask("/api/invitations/redeem", {"invitation": invitation, "name": f"n{number}"})[0], 201)
        self.refused("/api/invitations", {}, other, "throttled_invitation")
        # The operator may, but nobody comes in by it yet.
        status, out, error = self.icebox.command("peer", "invite", "eve", "--url", "https://test.example.org")
        self.assertEqual(status, 0, error)
        last = {"invitation": re.search(TOKEN, out).group(0), "name": "last"}
        self.refused("/api/invitations/redeem", last, None, "throttled_redemption")
        self.database.execute("UPDATE audit SET at = at - 3600")
        self.assertEqual(self.ask("/api/invitations/redeem", last)[0], 201, "the invitation is as good as before")
        self.assertEqual(self.ask("/api/invitations/redeem", {"invitation": self.invite(ann), "name": "x"})[0], 201)

    def test_what_one_peer_removes_is_bounded_and_the_others_may_remove_it(self):
        eve, other = self.add("eve", "first"), self.add("eve", "other")
        eves = self.database.execute("SELECT id FROM accounts WHERE name = 'eve'").fetchone()[0]
        for number in range(BOUND + 1):
            self.database.execute("INSERT INTO peers (account_id, name, kind, verified_at, created_at) VALUES (?, ?, '', 1, 1)",
                                  (eves, f"n{number}"))
        self.eventually(lambda: self.metric("icebox_peers") == BOUND + 3)
        for number in range(BOUND):
            self.assertEqual(self.ask("/api/remove", {"target": f"n{number}"}, eve)[0], 204)
        self.refused("/api/remove", {"target": f"n{BOUND}"}, eve, "throttled_removal")
        self.assertEqual(self.ask("/api/remove", {"target": "first"}, other)[0], 204)


if __name__ == "__main__":
    unittest.main()
