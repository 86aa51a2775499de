"""One-time passwords against strangers who guess: delays that grow and outlive a restart, the guessing peer is removed,
the user's devices and the operator are told, and a device that waited before comes in by its right password."""
import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import sqlite3
import struct
import time
import unittest

from hub_test import TOKEN, Client, HubCase
from wrong_secrets_test import WrongSecrets

GUESSES_OF_PEER = 5  # then it is removed
WRONG = ("000000", "12345", "", "abcdef", "999999x")  # none of them is ever right


class Guessing(HubCase):
    settings = ("signaling.registration=otp",)

    def setUp(self):
        super().setUp()
        self.laptop = self.add_peer("ann", "laptop")
        status, out, error = self.icebox.command("peer", "otp", "ann", "--json")
        self.assertEqual(status, 0, error)
        self.secret = json.loads(out)["secret"]
        self.sources = (f"127.0.1.{number}" for number in range(1, 250))
        self.eventually(lambda: self.join("phone") is not None)

    def join(self, name, source="127.0.0.2"):
        """The token of a device that waits; None: refused."""
        status, joined = WrongSecrets.ask_json(self, "POST", "/api/register", {"user": "ann", "name": name}, None, source)
        if status != 201:
            return None
        self.tokens = {**getattr(self, "tokens", {}), name: joined["token"]}
        return joined["token"]

    def password(self):
        digest = hmac.new(base64.b32decode(self.secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
        offset = digest[-1] & 15
        return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7fffffff) % 10**6:06d}"

    def try_password(self, name, password, source):
        return WrongSecrets.ask(self, "POST", "/api/verify", {"otp": password}, self.tokens[name], source)

    def guess_until_removed(self, name):
        """What the peer hears of its guesses, each from another address."""
        return [self.try_password(name, WRONG[number], next(self.sources))[0] for number in range(GUESSES_OF_PEER)]

    def stored(self, sql):
        database = sqlite3.connect(os.path.join(self.icebox.data, "icebox.db"), isolation_level=None)
        rows = database.execute(sql).fetchall()
        database.close()
        return rows

    def test_the_owner_comes_in_while_strangers_wait_ever_longer_and_are_removed(self):
        time.sleep(1.1)  # the phone waited before, by the second
        self.assertIsNotNone(self.join("stranger", "127.0.0.66"))
        self.assertEqual(self.guess_until_removed("stranger"), [403] * GUESSES_OF_PEER)
        self.assertEqual(self.try_password("stranger", WRONG[0], "127.0.0.66")[0], 401)  # it is gone
        self.assertEqual(self.stored("SELECT count(*) FROM peers WHERE name = 'stranger'"), [(0,)])

        self.assertIsNotNone(self.join("another", "127.0.0.67"))
        status, wait = self.try_password("another", self.password(), "127.0.0.67")  # not even a right one is looked at
        self.assertEqual(status, 429)
        self.assertTrue(0 < int(wait) <= 30, wait)
        self.stored("UPDATE accounts SET otp_last_failure_at = otp_last_failure_at - 30")
        self.assertEqual(self.try_password("another", WRONG[0], "127.0.0.68")[0], 403)
        status, wait = self.try_password("another", WRONG[0], "127.0.0.69")
        self.assertEqual(status, 429)
        self.assertTrue(30 < int(wait) <= 60, wait)

        for _ in range(5):  # behind the owner's own address, too
            self.assertEqual(self.try_password("another", WRONG[0], "127.0.0.2")[0], 429)
        self.assertEqual(self.try_password("phone", WRONG[0], "127.0.0.2")[0], 403)  # mistyped
        self.assertEqual(self.try_password("phone", self.password(), "127.0.0.2")[0], 204)
        self.assertEqual(self.call("GET", "/api/ice-servers", token=self.tokens["phone"])[0], 200)

    def test_a_restart_buys_no_guesses(self):
        self.assertIsNotNone(self.join("stranger", "127.0.0.66"))
        self.guess_until_removed("stranger")
        self.icebox.__exit__()
        self.icebox.__enter__()
        self.port = self.icebox.port("tcp")
        self.assertIsNotNone(self.join("another", "127.0.0.67"))
        self.assertEqual(self.try_password("another", self.password(), "127.0.0.67")[0], 429)
        self.assertEqual(self.icebox.command("peer", "otp", "ann", "--new")[0], 0)  # the operator's way out
        self.assertEqual(self.try_password("another", WRONG[0], "127.0.0.67")[0], 403)

    def test_an_invitation_lets_the_owner_in_who_has_no_device_left_while_strangers_guess(self):
        self.assertEqual(self.icebox.command("peer", "remove", "ann", "laptop")[0], 0)
        self.assertIsNotNone(self.join("stranger", "127.0.0.66"))
        self.guess_until_removed("stranger")
        self.assertIsNotNone(self.join("new phone", "127.0.0.50"))
        self.assertEqual(self.try_password("new phone", self.password(), "127.0.0.50")[0], 429)  # as docs/security.md says
        status, out, error = self.icebox.command("peer", "invite", "ann", "--url", "https://test.example.org")
        self.assertEqual(status, 0, error)
        joining = {"invitation": re.search(TOKEN, out).group(0), "name": "new phone"}  # it takes the name from who waits
        self.assertEqual(self.call("POST", "/api/invitations/redeem", joining)[0], 201)

    def test_verified_devices_and_the_operator_are_told(self):
        async def watch():
            laptop, phone = Client(self.port, self.laptop), Client(self.port, self.tokens["phone"])
            await laptop.open()
            waiting = await phone.open()
            self.assertEqual(waiting["code"], 401)
            await asyncio.to_thread(self.join, "stranger", "127.0.0.66")
            await asyncio.to_thread(self.guess_until_removed, "stranger")
            told = await laptop.receive_until("warning")
            self.assertEqual((told["warning"], told["name"], told["failures"], told["removed"]),
                             ("one_time_passwords_guessed", "stranger", GUESSES_OF_PEER, True))
            self.assertNotIn("n", told)
            with self.assertRaises(asyncio.TimeoutError):  # who only waits is told nothing
                await asyncio.wait_for(phone.receive_until("warning"), 0.5)

        asyncio.run(watch())
        log = self.icebox.stderr()
        self.assertRegex(log, r"one_time_passwords_guessed +user=ann peer=stranger client=127\.0\.1\.\d+ failures=5"
                              r" removed=true")
        entries = json.loads(self.icebox.command("peer", "audit", "--json")[1])
        self.assertEqual([entry["action"] for entry in entries if entry["subject"] == "ann/stranger"],
                         ["peer.add", "token.add", *["account.otp"] * GUESSES_OF_PEER, "peer.remove"])


if __name__ == "__main__":
    unittest.main()
