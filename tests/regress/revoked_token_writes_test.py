"""A token that another process had just revoked went on writing for up to a second: rights were judged by a snapshot.
An invitation made in that second outlived the revocation, and so did whoever came in by it. The same of a peer that was
removed, or whose token had expired: every verb that writes is tried at once after the change is committed."""

import contextlib
import hashlib
import http.client
import json
import os
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "process"))
from icebox_process import Icebox

INVITE = ("POST", "/api/invitations", {})
ROUNDS = 5


class RevokedTokenWrites(unittest.TestCase):
    def setUp(self):
        self.icebox = Icebox("limits.http_requests_per_second=1000")
        self.icebox.__enter__()
        self.addCleanup(self.icebox.__exit__)
        self.http = http.client.HTTPConnection("127.0.0.1", self.icebox.port("tcp"), timeout=10)
        self.addCleanup(self.http.close)
        self.database = sqlite3.connect(os.path.join(self.icebox.data, "icebox.db"), isolation_level=None)
        self.addCleanup(self.database.close)
        self.database.execute("PRAGMA foreign_keys = ON")

    def ask(self, method, path, body, token):
        self.http.request(method, path, json.dumps(body), {"Authorization": f"Bearer {token}"})
        answer = self.http.getresponse()
        return answer.status, answer.read()

    def add(self, user, name):
        status, out, error = self.icebox.command("peer", "add", user, name, "--json")
        self.assertEqual(status, 0, error)
        return json.loads(out)["token"]

    def known(self, token):
        deadline = time.monotonic() + 10
        while self.ask("GET", "/api/ice-servers", None, token)[0] != 200:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def wait_peer(self, user, name):
        """A peer that waits to be verified."""
        self.add(user, name)
        self.database.execute("UPDATE peers SET verified_at = NULL WHERE name = ?", (name,))

    def token_row(self, token):
        return (hashlib.sha256(token.encode()).digest(),)

    def rows(self):
        return (self.database.execute("SELECT count(*) FROM tokens WHERE purpose = 'invitation'"
                                      " AND account_id IS NOT NULL").fetchone(),
                self.database.execute("SELECT name, verified_at IS NULL FROM peers WHERE account_id ="
                                      " (SELECT id FROM accounts WHERE name = 'ann') ORDER BY name").fetchall())

    def refused(self, change, request, status=401):
        """What is asked right after `change` is refused and leaves no trace."""
        self.wait_peer("ann", "phone")
        token = self.add("ann", "laptop")
        self.known(token)  # and so is what was written before it
        change(token)
        before = self.rows()
        found, _ = self.ask(*request, token)
        self.assertEqual(found, status)
        self.assertEqual(self.rows(), before)
        self.icebox.command("peer", "remove-user", "ann")

    def revoke(self, token):
        self.database.execute("UPDATE tokens SET revoked_at = unixepoch() WHERE hash = ?", self.token_row(token))

    def test_every_verb_of_a_revoked_token_is_refused_at_once(self):
        for request in (INVITE, ("POST", "/api/verify", {"target": "phone"}), ("POST", "/api/rename", {"name": "evil"}),
                        ("POST", "/api/rename", {"name": "evil", "target": "phone"}), ("POST", "/api/remove", {}),
                        ("POST", "/api/remove", {"target": "phone"})):
            with self.subTest(request):
                self.refused(self.revoke, request)

    def test_a_token_that_has_expired_is_refused_at_once(self):
        self.refused(lambda token: self.database.execute(
            "UPDATE tokens SET expires_at = unixepoch() - 1 WHERE hash = ?", self.token_row(token)), INVITE)

    def test_a_removed_peer_is_refused_at_once(self):
        self.refused(lambda _: self.database.execute("DELETE FROM peers WHERE name = 'laptop'"), INVITE)

    def test_a_peer_that_is_not_verified_any_more_is_refused_at_once(self):
        self.refused(lambda _: self.database.execute("UPDATE peers SET verified_at = NULL"), INVITE, 403)

    def test_who_waits_cannot_verify_itself_by_a_revoked_token(self):
        self.assertEqual(self.icebox.command("peer", "otp", "ann")[0], 0)
        self.refused(self.revoke, ("POST", "/api/verify", {"otp": "000000"}), 409)  # a verified peer: no use
        token = self.add("ann", "tablet")
        self.known(token)
        self.database.execute("UPDATE peers SET verified_at = NULL WHERE name = 'tablet'")
        time.sleep(1.5)  # the server knows that it waits
        self.revoke(token)
        self.assertIn(self.ask("POST", "/api/verify", {"otp": "000000"}, token)[0], (401, 403))

    def test_a_revoked_token_binds_no_certificate(self):
        token = self.add("ann", "laptop")
        self.known(token)
        self.revoke(token)
        self.http.request("GET", f"/ws?fp={'AB' * 32}", headers={
            "Authorization": f"Bearer {token}", "Connection": "Upgrade", "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="})
        answer = self.http.getresponse()
        self.assertEqual(answer.status, 401)
        answer.read()
        self.assertEqual(self.database.execute("SELECT fingerprint FROM peers").fetchall(), [(None,)])

    def test_the_command_that_replaces_a_token_leaves_no_invitation_behind(self):
        for number in range(ROUNDS):
            user = f"user{number}"
            token = self.add(user, "laptop")
            self.known(token)
            self.assertEqual(self.ask(*INVITE, token)[0], 201)
            self.assertEqual(self.icebox.command("peer", "token", user, "laptop")[0], 0)
            self.assertEqual(self.ask(*INVITE, token)[0], 401)
        with contextlib.closing(self.database.execute(
                "SELECT count(*) FROM tokens WHERE purpose = 'invitation' AND revoked_at IS NULL"
                " AND account_id IS NOT NULL")) as found:
            self.assertEqual(found.fetchone(), (0,))


if __name__ == "__main__":
    unittest.main()
