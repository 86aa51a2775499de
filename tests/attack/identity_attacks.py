"""Attacks on who is who, over the HTTP of the one port: items 69, 73 and 77 of the list."""

import json
import time

import http_attacks
from world import Attack

FOREIGN = ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"})


class IdentityAttack(Attack):
    exchange = http_attacks.HttpAttack.exchange  # and not its tests
    statuses = staticmethod(http_attacks.HttpAttack.statuses)

    def ask(self, path, body, token=None, **fields):
        """(status, JSON or None) of a POST on a connection of its own."""
        text = json.dumps(body).encode()
        head = {"Host": self.target.host.ipv4, "Content-Type": "application/json", "Content-Length": str(len(text)), "Connection": "close",
                **({"Authorization": f"Bearer {token}"} if token else {}), **fields}
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        received = self.exchange("\r\n".join(lines).encode() + text)
        (status,) = self.statuses(received)
        _, _, answer = received.partition(b"\r\n\r\n")
        return status, json.loads(answer) if answer else None

    def operator(self, *words):
        status, out = self.target.command("peer", *words)
        self.assertEqual(status, 0, out)
        return out

    def add_peer(self, user, name):
        token = json.loads(self.operator("add", user, name, "--json"))["token"]
        self.addCleanup(self.target.command, "peer", "remove-user", user)
        self.wait_until(lambda: self.ask("/api/rename", {"name": name}, token)[0] == 204, "the server knows the peer")
        return token

    def test_attack_69_a_revoked_token_leaves_nothing_behind(self):
        """A thief invites as fast as he can while the operator replaces the token."""
        token = self.add_peer("thief's", "stolen")
        status, early = self.ask("/api/invitations", {}, token)
        self.assertEqual(status, 201)
        self.operator("token", "thief's", "stolen")
        deadline = time.monotonic() + 1.5  # as long as a snapshot may be old, and more
        tries = 0
        while time.monotonic() < deadline:
            self.assertIn(self.ask("/api/invitations", {}, token)[0], (401, 429))  # 429: too many wrong ones
            tries += 1
            time.sleep(0.1)
        self.assertGreater(tries, 3)
        invitation = early["url"].partition("#invite=")[2]
        self.assertIn(self.ask("/api/invitations/redeem", {"invitation": invitation, "name": "evil"})[0], (410, 429))
        self.assertEqual(json.loads(self.operator("invitations", "thief's", "--json")), [])

    def test_attack_73_foreign_pages_change_nothing(self):
        token = self.add_peer("visitor", "browser")
        for fields in FOREIGN:
            with self.subTest(fields):
                for path, body in (("/api/register", {"user": "eve", "name": "x"}), ("/api/invitations", {}),
                                   ("/api/rename", {"name": "evil"}), ("/api/remove", {})):
                    self.assertEqual(self.ask(path, body, token, **fields)[0], 403, path)
        self.assertEqual([peer["name"] for peer in json.loads(self.operator("list", "visitor", "--json"))], ["browser"])

    def test_attack_77_changes_by_one_peer_are_few(self):
        """Each is told to every peer of the user, and stays in the audit trail."""
        token = self.add_peer("busy", "browser")
        found = [self.ask("/api/rename", {"name": f"n{number}"}, token)[0] for number in range(25)]
        self.assertEqual(found, sorted(found))  # once refused, refused
        self.assertIn(found.count(204), range(1, 20))  # twenty in an hour, those of add_peer() too
        self.assertEqual(set(found), {204, 429})
