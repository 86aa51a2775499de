"""icebox peer: what operators do with users and peers, beside a running server and without one."""
import base64
import hashlib
import json
import os
import re
import sqlite3
import time
import unittest

from icebox_process import Icebox, run

TOKEN = r"ibx_[A-Za-z0-9_-]{43}"


def peers(icebox, *words):
    return json.loads(icebox.command("peer", "list", *words, "--json")[1])


class Peers(unittest.TestCase):
    def setUp(self):
        self.icebox = Icebox()

    def peer(self, *words, stdin=None):
        return self.icebox.command("peer", *words, stdin=stdin)

    def done(self, *words):
        status, out, error = self.peer(*words)
        self.assertEqual((status, error), (0, ""))
        return out

    def refused(self, *words, status=1):
        found, out, error = self.peer(*words)
        self.assertEqual((found, out), (status, ""))
        if status == 1:
            self.assertEqual(error.count("\n"), 1, error)
        return error

    def stored(self, sql):
        with sqlite3.connect(os.path.join(self.icebox.data, "icebox.db")) as database:
            rows = database.execute(sql).fetchall()
        database.close()
        return rows

    def test_added_peer_is_verified_and_its_token_printed_once_and_stored_as_a_hash(self):
        token = re.fullmatch(rf"token: ({TOKEN})\n", self.done("add", "alice", "laptop", "--kind", "browser")).group(1)
        (peer,) = peers(self.icebox)
        self.assertEqual((peer["user"], peer["name"], peer["kind"], peer["verified"], peer["fingerprint"]),
                         ("alice", "laptop", "browser", True, None))
        self.assertAlmostEqual(peer["created_at"], time.time(), delta=60)
        self.assertEqual(self.stored("SELECT hash FROM tokens"), [(hashlib.sha256(token.encode()).digest(),)])
        for name in os.listdir(self.icebox.data):
            with open(os.path.join(self.icebox.data, name), "rb") as file:
                self.assertNotIn(token[4:].encode(), file.read(), name)
        self.assertNotIn(token, self.done("list") + self.done("audit") + self.done("list", "--json"))

    def test_second_peer_of_a_user_joins_it_and_the_same_name_is_refused(self):
        first = json.loads(self.done("add", "alice", "laptop", "--json"))
        second = json.loads(self.done("add", "alice", "phone", "--json"))
        self.done("add", "bob", "laptop")
        self.assertNotEqual(first["token"], second["token"])
        self.assertIn("choose another name", self.refused("add", "alice", "laptop"))
        self.assertEqual([(peer["user"], peer["name"]) for peer in peers(self.icebox)],
                         [("alice", "laptop"), ("alice", "phone"), ("bob", "laptop")])
        self.assertEqual(len(peers(self.icebox, "alice")), 2)

    def test_peers_are_verified_renamed_and_removed_by_name_number_or_fingerprint(self):
        peer = json.loads(self.done("add", "alice", "laptop", "--json"))
        self.stored("UPDATE peers SET verified_at = NULL, fingerprint = '" + "AB" * 32 + "'")
        self.assertFalse(peers(self.icebox)[0]["verified"])
        self.assertIn("waits for verification", self.done("list"))
        self.done("verify", ":".join(["ab"] * 32))
        self.assertTrue(peers(self.icebox)[0]["verified"])
        self.done("rename", "alice", "laptop", "desk")
        self.done("rename", str(peer["id"]), "desktop")
        self.assertEqual(peers(self.icebox)[0]["name"], "desktop")
        self.done("remove", "alice", "desktop")
        self.assertEqual(peers(self.icebox), [])
        self.assertEqual(self.stored("SELECT count(*) FROM tokens"), [(0,)])
        self.assertIn("alice\tno peers", self.done("list"))
        self.done("remove-user", "alice")
        self.assertEqual(self.done("list"), "")

    def test_who_is_not_there_is_an_error_with_the_cure(self):
        self.done("add", "alice", "laptop")
        for words in (("verify", "alice", "phone"), ("remove", "bob", "laptop"), ("rename", "99", "x"),
                      ("token", "C" * 64), ("remove-user", "bob")):
            with self.subTest(words):
                self.assertIn("icebox peer list", self.refused(*words))

    def test_wrong_usage_is_exit_2(self):
        for words in ((), ("add", "alice"), ("verify",), ("invite",), ("nonsense",)):
            with self.subTest(words):
                self.assertEqual(self.peer(*words)[0], 2)

    def test_new_token_revokes_the_old_ones(self):
        old = json.loads(self.done("add", "alice", "laptop", "--json"))["token"]
        new = json.loads(self.done("token", "alice", "laptop", "--json"))
        self.assertEqual(new["revoked"], 1)
        valid = [row[0] for row in self.stored("SELECT hash FROM tokens WHERE revoked_at IS NULL")]
        self.assertEqual(valid, [hashlib.sha256(new["token"].encode()).digest()])
        self.assertNotEqual(old, new["token"])

    def test_peers_of_a_user_are_limited(self):
        self.icebox.options += ["--set", "signaling.peers_per_user=1"]
        self.done("add", "alice", "laptop")
        self.assertIn("remove one", self.refused("add", "alice", "phone"))

    def test_invitation_is_a_link_that_makes_the_user_only_when_it_is_redeemed(self):
        self.icebox.options += ["--set", "listen=[\"tls://127.0.0.1:8443\"]"]
        invited = json.loads(self.done("invite", "alice", "--ttl", "90m", "--json"))
        token = re.fullmatch(rf"https://127\.0\.0\.1:8443/#invite=({TOKEN})", invited["url"]).group(1)
        self.assertAlmostEqual(invited["expires_at"], time.time() + 5400, delta=60)
        self.assertEqual(self.stored("SELECT hash, account_name FROM tokens"),
                         [(hashlib.sha256(token.encode()).digest(), "alice")])
        self.assertEqual(self.stored("SELECT count(*) FROM accounts"), [(0,)])
        link = self.done("invite", "alice", "--url", "https://meet.example.org/")
        self.assertRegex(link, rf"^https://meet\.example\.org/#invite={TOKEN}\n")

    def test_invitations_that_cannot_be_are_explained(self):
        self.assertIn("--url", self.refused("invite", "alice"))  # the kernel picks the ports here
        for ttl in ("0s", "721h", "soon"):
            self.assertIn("--ttl", self.refused("invite", "alice", "--url", "https://x", "--ttl", ttl))
        self.assertIn("--url", self.refused("invite", "alice", "--url", "meet.example.org"))

    def test_open_invitations_are_listed_and_revoked(self):
        links = [json.loads(self.done("invite", user, "--url", "https://x", "--json"))["url"]
                 for user in ("alice", "alice", "bob", "carol", "carol")]
        listed = json.loads(self.done("invitations", "--json"))
        self.assertEqual(sorted(row["user"] for row in listed), ["alice", "alice", "bob", "carol", "carol"])
        first, second = (row["id"] for row in listed if row["user"] == "alice")
        self.assertEqual({row["made_by"] for row in listed}, {None})
        for link in links:
            self.assertNotIn(link.partition("=")[2], self.done("invitations") + self.done("invitations", "--json"))
        self.assertRegex(self.done("invitations", "bob"), r"^[0-9a-f]{8}\tbob\tby the operator\tuntil 20")
        self.assertEqual(self.done("revoke", links[2]), "revoked 1\n")
        self.assertEqual(json.loads(self.done("revoke", first, "--json")), {"revoked": 1})
        self.assertEqual(self.done("revoke", "--user", "carol"), "revoked 2\n")
        self.assertEqual([row["user"] for row in json.loads(self.done("invitations", "--json"))], ["alice"])
        for words in ((links[2],), (first,), ("--user", "carol"), ("nonsense",)):
            self.assertIn("icebox peer invitations", self.refused("revoke", *words))
        self.assertIn("--user", self.refused("revoke"))
        self.assertIn("--user", self.refused("revoke", second, "--user", "alice"))

    def test_many_open_invitations_lock_nobody_out(self):
        for _ in range(64):
            self.done("invite", "alice", "--url", "https://x")
        self.assertIn("icebox peer revoke", self.refused("invite", "alice", "--url", "https://x"))
        self.done("revoke", "--user", "alice")
        self.done("invite", "alice", "--url", "https://x")

    def test_audit_of_one_user(self):
        self.done("add", "alice", "laptop")
        self.done("add", "bob", "laptop")
        entries = json.loads(self.done("audit", "bob", "--json"))
        self.assertEqual([entry["subject"] for entry in entries], ["bob", "bob/laptop", "bob/laptop"])
        self.assertIn("icebox peer list", self.refused("audit", "carol"))

    def test_every_change_is_in_the_audit_and_no_secret_is(self):
        secrets = [json.loads(self.done("add", "alice", "laptop", "--json"))["token"],
                   json.loads(self.done("token", "alice", "laptop", "--json"))["token"],
                   json.loads(self.done("invite", "alice", "--url", "https://x", "--json"))["url"].partition("=")[2]]
        self.done("rename", "alice", "laptop", "desk")
        self.done("remove", "alice", "desk")
        self.done("remove-user", "alice")
        entries = json.loads(self.done("audit", "--json"))
        self.assertEqual([entry["action"] for entry in entries],
                         ["account.add", "peer.add", "token.add", "token.revoke", "token.add", "invitation.add",
                          "peer.rename", "peer.remove", "account.remove"])
        self.assertEqual({entry["actor"] for entry in entries}, {"operator"})
        self.assertEqual(len(json.loads(self.done("audit", "--limit", "2", "--json"))), 2)
        for secret in secrets:
            self.assertNotIn(secret, self.done("audit") + self.done("audit", "--json"))

    def test_names_do_not_command_the_terminal(self):
        self.refused("add", "alice", "\x1b[31mred")
        self.refused("add", "\x1b[31mred", "laptop")
        self.assertEqual(self.stored("SELECT count(*) FROM accounts"), [(0,)])
        self.done("add", "alice", "laptop")
        self.refused("rename", "alice", "laptop", "a\u202eb")
        self.stored("UPDATE peers SET name = char(27) || '[31mred'")  # as an older or another program might
        self.assertNotIn("\x1b", self.done("list") + self.done("audit"))
        self.assertEqual(peers(self.icebox)[0]["name"], "\x1b[31mred")

    def test_one_time_passwords_have_one_secret_until_a_new_one_is_wanted(self):
        first = json.loads(self.done("otp", "alice", "--json"))
        self.assertRegex(first["uri"], r"^otpauth://totp/test\.example\.org:alice\?")
        self.assertIn(first["secret"], first["uri"])
        secret = base64.b32decode(first["secret"])
        self.assertEqual(self.stored("SELECT name, otp_secret FROM accounts"), [("alice", secret)])
        self.assertIn(first["secret"], self.done("otp", "alice"))
        self.assertNotEqual(json.loads(self.done("otp", "alice", "--new", "--json"))["secret"], first["secret"])
        self.assertEqual([entry["detail"] for entry in json.loads(self.done("audit", "--json"))], ["", "set", "set"])

    def test_works_beside_a_running_server(self):
        with self.icebox:
            self.done("add", "alice", "laptop")
            self.done("verify", "alice", "laptop")
            self.assertEqual(len(peers(self.icebox)), 1)


class Help(unittest.TestCase):
    def test_every_command_has_help(self):
        for command in ("invitations", "revoke", "add", "list", "verify", "rename", "remove", "remove-user", "token", "invite", "otp", "audit"):
            status, out, _ = run("peer", command, "--help")
            self.assertEqual(status, 0)
            self.assertIn("--json", out)


if __name__ == "__main__":
    unittest.main()
