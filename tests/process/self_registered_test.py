"""Who registers by itself: where it waits, for how long, what the operator is told of it, and which pages may ask."""
import http.client
import json
import os
import re
import sqlite3
import time
import unittest

from hub_test import TOKEN, HubCase
from wrong_secrets_test import WrongSecrets

MOST_WAIT = 8  # signaling::kMaxWaitingPeers
DAY = 86400


class Strangers(HubCase):
    settings = ("signaling.registration=open", "signaling.peers_per_user=3")

    def register(self, user, name, source="127.0.0.2"):
        """(status, JSON)"""
        return WrongSecrets.ask_json(self, "POST", "/api/register", {"user": user, "name": name}, None, source)

    def peer(self, *words):
        return self.icebox.command("peer", *words)

    def peers(self, user):
        return [row["name"] for row in json.loads(self.peer("list", user, "--json")[1])]

    def change(self, sql):
        database = sqlite3.connect(os.path.join(self.icebox.data, "icebox.db"), isolation_level=None)
        database.execute(sql)
        database.close()

    def test_no_command_leads_the_operator_into_a_strangers_account(self):
        status, joined = self.register("admin", "trap")
        self.assertEqual((status, joined["peer"]["verified"]), (201, True))
        self.assertEqual(self.register("admin", "laptop")[0], 201)  # the operator's own, perhaps
        self.assertIn("admin (self-registered)", self.peer("list")[1])
        self.assertTrue(json.loads(self.peer("list", "--json")[1])[0]["self_registered"])
        for words in (("invite", "admin", "--url", "https://x"), ("add", "admin", "desk"), ("otp", "admin"),
                      ("token", "admin", "trap"), ("verify", "admin", "laptop")):
            with self.subTest(words):
                status, out, error = self.peer(*words)
                self.assertEqual((status, out), (1, ""))
                self.assertIn("--self-registered", error)
                self.assertEqual(self.peer(*words, "--self-registered")[0], 0)
        self.assertEqual(self.peer("add", "ann", "laptop")[0], 0)  # an account of the operator's
        self.assertEqual(self.register("ann", "phone", "127.0.0.3")[0], 201)
        self.assertEqual(self.peer("verify", "ann", "phone")[0], 0)

    def test_who_waits_fills_nothing_but_the_waiting_room_and_a_crowd_makes_room(self):
        laptop = self.add_peer("ann", "laptop")
        for number in range(MOST_WAIT):
            self.assertEqual(self.register("ann", f"w{number}", f"127.0.0.{10 + number // 4}")[0], 201)
        self.assertEqual(self.register("ann", "one more", "127.0.0.10")[0], 403)  # its own source crowds
        self.assertEqual(self.register("ann", "phone", "127.0.0.99")[0], 201)
        self.assertEqual(len(self.peers("ann")), 1 + MOST_WAIT)
        self.assertEqual([name for name in self.peers("ann") if name in ("laptop", "phone")], ["laptop", "phone"])
        status, invitation = self.call("POST", "/api/invitations", token=laptop)
        self.assertEqual(status, 201)
        token = re.search(TOKEN, invitation["url"]).group(0)
        self.assertEqual(self.call("POST", "/api/invitations/redeem", {"invitation": token, "name": "tablet"})[0], 201)
        self.assertEqual(self.call("POST", "/api/verify", {"target": "phone"}, laptop)[0], 204)
        status, refusal = self.call("POST", "/api/verify", {"target": "w7"}, laptop)  # three verified ones are all
        self.assertEqual((status, "remove one" in refusal["detail"]), (403, True))

    def test_a_device_that_comes_now_always_finds_a_place(self):
        self.add_peer("ann", "laptop")
        for number in range(MOST_WAIT):  # four addresses, none of which crowds
            self.assertEqual(self.register("ann", f"w{number}", f"127.0.0.{10 + number // 2}")[0], 201)
        self.assertEqual(self.register("ann", "phone", "127.0.0.99")[0], 201)
        self.assertEqual(self.register("ann", "tablet", "127.0.0.99")[0], 403)  # no larger share than the strangers'
        self.assertNotIn("w0", self.peers("ann"))
        self.assertEqual(len(self.peers("ann")), 1 + MOST_WAIT)
        for number in range(3):  # nor is the one device of an address put out for a third of another
            self.assertEqual(self.register("ann", f"more{number}", f"127.0.0.{20 + number}")[0], 201)
        self.assertIn("phone", self.peers("ann"))

    def test_of_a_household_the_newest_stays(self):
        self.add_peer("ann", "laptop")
        for name in ("phone", "tablet", "tv"):
            self.assertEqual(self.register("ann", name, "127.0.0.50")[0], 201)
        for number, last in enumerate((1, 1, 2, 2, 3, 4)):
            self.assertEqual(self.register("ann", f"w{number}", f"127.0.9.{last}")[0], 201)
        self.assertEqual([name in self.peers("ann") for name in ("tablet", "tv")], [True, True])

    def test_a_waiting_device_has_no_name_that_passes_for_another(self):
        self.add_peer("ann", "tv")
        for name in ("TV", "\uff54\uff56", "t\u03bd"):
            self.assertEqual(self.register("ann", name, "127.0.0.99")[0], 409, name)
        self.assertEqual(self.register("ann", "\u0442\u0435\u043b\u0435\u0444\u043e\u043d", "127.0.0.99")[0], 201)

    def test_who_waits_keeps_no_name_and_no_certificate_from_who_is_let_in(self):
        laptop = self.add_peer("ann", "laptop")

        def waits(name, fp, number):
            status, joined = WrongSecrets.ask_json(
                self, "POST", "/api/register", {"user": "ann", "name": name, "fp": fp}, None, f"127.0.0.{60 + number}")
            self.assertEqual(status, 201)
            return joined["token"]

        def redeem(name, fp):
            status, invitation = self.call("POST", "/api/invitations", token=laptop)
            token = re.search(TOKEN, invitation["url"]).group(0)
            return self.call("POST", "/api/invitations/redeem", {"invitation": token, "name": name, "fp": fp})[0]

        strangers = [waits("phone", "A1" * 32, 0), waits("bait", "B2" * 32, 1)]
        self.assertEqual(redeem("phone", "B2" * 32), 201)  # the name of one, the certificate of the other
        for token in strangers:
            self.assertEqual(self.call("POST", "/api/verify", {"otp": "000000"}, token)[0], 401)
        self.assertEqual(self.peers("ann"), ["laptop", "phone"])
        waits("desk", "C3" * 32, 2)
        self.assertEqual(self.peer("add", "ann", "desk")[0], 0)
        waits("tablet", "D4" * 32, 3)
        self.assertEqual(self.call("POST", "/api/rename", {"name": "tablet"}, laptop)[0], 204)
        self.assertEqual(self.peers("ann"), ["desk", "phone", "tablet"])
        removed = [row["subject"] for row in json.loads(self.peer("audit", "--json")[1]) if row["action"] == "peer.remove"]
        self.assertEqual(removed, ["ann/phone", "ann/bait", "ann/desk", "ann/tablet"])
        self.assertEqual(self.call("POST", "/api/remove", {"target": "phone"}, laptop)[0], 204)
        self.assertEqual(redeem("desk", "E5" * 32), 409)  # a verified one keeps what it has

    def invite(self, user):
        status, out, error = self.peer("invite", user, "--url", "https://test.example.org")
        self.assertEqual(status, 0, error)
        return re.search(TOKEN, out).group(0)

    def test_the_name_of_an_invited_user_is_no_strangers(self):
        invitation = self.invite("bob")
        status, refusal = self.register("bob", "x")
        self.assertEqual((status, refusal["detail"]), (409, "a peer of that name exists; choose another name"))
        self.add_peer("ann", "laptop")
        self.assertEqual(self.register("ann", "laptop"), (status, refusal))  # the same words
        joining = {"invitation": invitation, "name": "desk"}
        self.assertEqual(self.call("POST", "/api/invitations/redeem", joining)[0], 201)
        self.assertEqual(self.register("bob", "x")[1]["peer"]["verified"], False)

    def test_who_is_invited_to_a_name_that_is_gone_hears_why(self):
        invitation = self.invite("bob")
        self.change("UPDATE tokens SET account_name = 'bob2' WHERE account_name = 'bob'")
        self.assertEqual(self.register("bob", "x")[0], 201)
        self.change("UPDATE tokens SET account_name = 'bob' WHERE account_name = 'bob2'")  # as it was before it was reserved
        status, refusal = self.call("POST", "/api/invitations/redeem", {"invitation": invitation, "name": "desk"})
        self.assertEqual((status, "a stranger registered this user's name" in refusal["detail"]), (403, True))
        self.eventually(lambda: "a stranger registered this user's name" in self.icebox.stderr())
        self.assertEqual(self.peer("remove-user", "bob")[0], 0)
        self.assertEqual(self.call("POST", "/api/invitations/redeem", {"invitation": invitation, "name": "desk"})[0], 201)

    def test_who_waits_for_a_day_is_removed(self):
        self.add_peer("ann", "laptop")
        self.assertEqual(self.register("ann", "old")[0], 201)
        self.assertEqual(self.register("ann", "young")[0], 201)
        self.change(f"UPDATE peers SET created_at = unixepoch() - {DAY}")
        self.change("UPDATE peers SET created_at = unixepoch() - 60 WHERE name = 'young'")
        self.eventually(lambda: self.peers("ann") == ["laptop", "young"])  # at the first tidying, after five seconds
        last = json.loads(self.peer("audit", "--json")[1])[-1]
        self.assertEqual((last["actor"], last["action"], last["subject"]), ("icebox", "peer.remove", "ann/old"))

    def ask(self, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text

    def test_a_foreign_page_registers_none_of_its_visitors(self):
        token = self.add_peer("ann", "laptop")
        joining = {"user": "eve", "name": "visitor"}
        bearer = {"Authorization": f"Bearer {token}"}
        foreign = ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                   {"Sec-Fetch-Site": "same-site"})
        for headers in foreign:
            with self.subTest(headers):
                for path, body in (("/api/register", joining), ("/api/invitations/redeem", {"invitation": "x", "name": "a"}),
                                   ("/verify", {"fp": "AB" * 32, "uid": "ann", "name": "a", "kind": "b"})):
                    self.assertEqual(self.ask(path, body, headers)[0], 403, path)
                for path, body in (("/api/invitations", {}), ("/api/verify", {"target": "laptop"}),
                                   ("/api/rename", {"name": "evil"}), ("/api/remove", {})):
                    self.assertEqual(self.ask(path, body, {**headers, **bearer})[0], 403, path)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            self.assertEqual(self.ask("/api/register", joining, {"Content-Type": kind})[0], 415, kind)
        self.assertEqual(self.peers("eve"), [])
        self.assertEqual(self.peers("ann"), ["laptop"])
        own = {"Origin": f"http://127.0.0.1:{self.port}", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
        self.assertEqual(self.ask("/api/register", joining, own)[0], 201)
        self.assertEqual(self.ask("/api/rename", {"name": "desk"}, {**own, **bearer})[0], 204)


if __name__ == "__main__":
    unittest.main()
