"""Tokens, invitations and one-time passwords cannot be tried for ever: one source waits, the others go on."""
import asyncio
import http.client
import json
import re
import time
import unittest

import websockets

from hub_test import TOKEN, Client, HubCase

WRONG = "ibx_" + "A" * 43
TRIES = 30  # kWrongSecrets
ANN = "127.0.0.3"  # the helpers ask from 127.0.0.1, also before the server knows a token


class WrongSecrets(HubCase):
    def ask(self, method, path, body=None, token=None, source=ANN):
        """(status, Retry-After)"""
        status, retry_after, _ = WrongSecrets.exchange(self, method, path, body, token, source)
        return status, retry_after

    def ask_json(self, method, path, body=None, token=None, source=ANN):
        """(status, JSON)"""
        status, _, text = WrongSecrets.exchange(self, method, path, body, token, source)
        return status, json.loads(text)

    def exchange(self, method, path, body, token, source):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10, source_address=(source, 0))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.getheader("Retry-After"), text

    def knock(self, token, source):
        """The status of a refused handshake, or 101."""
        async def connect():
            try:
                socket = await websockets.connect(
                    f"ws://127.0.0.1:{self.port}/ws", local_addr=(source, 0),
                    subprotocols=["icebox.v1", f"icebox.token.{token}"])
            except websockets.InvalidStatusCode as refused:
                return refused.status_code
            await socket.close()
            return 101

        return asyncio.run(connect())

    def test_wrong_tokens_of_one_source_are_refused_while_others_go_on(self):
        good = self.add_peer("ann", "laptop")
        found = [self.ask("GET", "/api/ice-servers", token=WRONG)[0] for _ in range(TRIES + 20)]
        self.assertEqual(found, [401] * TRIES + [429] * 20)
        status, wait = self.ask("POST", "/api/rename", {}, WRONG)  # one count for every door
        self.assertEqual(status, 429)
        self.assertTrue(0 < int(wait) <= 60, wait)
        self.assertEqual(self.ask("GET", f"/turn?service=turn&key={WRONG}")[0], 429)
        self.assertEqual(self.knock(WRONG, ANN), 429)
        self.assertEqual(self.ask("GET", "/api/ice-servers", token=WRONG, source="127.0.0.2")[0], 401)
        self.assertEqual(self.knock(WRONG, "127.0.0.2"), 401)
        for source in (ANN, "127.0.0.2"):  # whoever shares the address is not shut out
            self.assertEqual(self.ask("GET", "/api/ice-servers", token=good, source=source)[0], 200)
            self.assertEqual(self.knock(good, source), 101)

    def test_wrong_tokens_on_ws_count_too(self):
        found = [self.knock(WRONG, ANN) for _ in range(TRIES + 2)]
        self.assertEqual(found, [401] * TRIES + [429] * 2)
        self.assertEqual(self.ask("GET", "/api/ice-servers", token=WRONG)[0], 429)

    def test_wrong_invitations_of_one_source_wait_and_a_good_one_elsewhere_is_redeemed(self):
        good = re.search(TOKEN, self.icebox.command("peer", "invite", "admin", "--url", "https://test.example.org")[1]).group(0)
        redeem = "/api/invitations/redeem"
        wrong = {"invitation": WRONG, "name": "a"}
        found = [self.ask("POST", redeem, wrong)[0] for _ in range(TRIES + 5)]
        self.assertEqual(found, [404] * TRIES + [429] * 5)
        right = {"invitation": good, "name": "a"}
        self.assertEqual(self.ask("POST", redeem, right)[0], 429)
        self.assertEqual(self.ask("POST", redeem, right, source="127.0.0.2")[0], 201)


class OneTimePasswords(HubCase):
    settings = ("signaling.registration=otp",)
    TRIES = 5

    def test_guesses_are_few_for_a_user_wherever_they_come_from(self):
        self.add_peer("ann", "laptop")
        self.assertEqual(self.icebox.command("peer", "otp", "ann")[0], 0)
        waiting = []

        def join():
            status, joined = self.call("POST", "/api/register", {"user": "ann", "name": "phone"})
            if status == 201:
                waiting.append(joined["token"])
            return status == 201

        self.eventually(join)
        guess = lambda source: WrongSecrets.ask(self, "POST", "/api/verify", {"otp": "000000"}, waiting[0], source)[0]
        found = [guess(f"127.0.0.{2 + number}") for number in range(self.TRIES + 2)]
        self.assertEqual(found, [403] * self.TRIES + [401] * 2)  # each source had one; the peer was removed
        self.assertTrue(join())
        self.assertEqual(WrongSecrets.ask(self, "POST", "/api/verify", {"otp": "000000"}, waiting[1], ANN)[0], 429)

    def test_guesses_are_few_for_a_source_whichever_peers_it_has(self):
        for user in ("ann", "bob"):
            self.add_peer(user, "laptop")
            self.assertEqual(self.icebox.command("peer", "otp", user)[0], 0)
        tokens = []
        for user in ("ann", "bob"):
            def join():
                status, joined = self.call("POST", "/api/register", {"user": user, "name": "phone"})
                if status == 201:
                    tokens.append(joined["token"])
                return status == 201

            self.eventually(join)
        time.sleep(1.1)  # each waited before it guessed, by the second: three of its own are looked at in any case
        guess = lambda token: WrongSecrets.ask(self, "POST", "/api/verify", {"otp": "000000"}, token)[0]
        self.assertEqual([guess(token) for token in [tokens[0]] * 3 + [tokens[1]] * 4], [403] * 6 + [429])


if __name__ == "__main__":
    unittest.main()
