"""What the URL of /ws says to the running server: what it cannot understand it refuses, and nothing is lost or doubled."""
import asyncio
import unittest
from urllib.parse import quote

import websockets

from hub_test import Client, HubCase

FP = "C7" * 32
BAD = (("fp=12", "fp"), ("fp=%FF", "fp"), ("name=M%FCsli", "name"), ("name=" + "x" * 257, "name"),
       ("kind=%ED%A0%80", "kind"), ("session=%FF&last_seq=1", "session"), ("session=" + "a" * 257 + "&last_seq=1", "session"),
       ("session=abc", "last_seq"), ("session=abc&last_seq=-1", "last_seq"), ("session=abc&last_seq=1x", "last_seq"),
       ("session=abc&last_seq=99999999999999999999", "last_seq"), ("confirm=yes", "confirm"), ("name=100%", "the URL"))


class HubUrl(HubCase):
    def ask(self, query, token):
        """As if for a page: who is understood is told that a WebSocket is needed."""
        return self.call("GET", f"/ws?{query}", token=token)

    def test_what_is_not_understood_is_refused_with_the_parameter_and_the_rest_goes_on(self):
        token = self.add_peer("ann", "laptop")
        for query, parameter in BAD:
            status, problem = self.ask(query, token)
            self.assertEqual((status, problem["status"]), (400, 400), query)
            self.assertTrue(problem["detail"].startswith(parameter), (query, problem))
            self.assertEqual(self.ask(query, None), (status, problem), query)  # whoever asks
        for query in ("", "fp=&name=&kind=", "session=&last_seq=", "last_seq=x", "confirm=0", "more=%FF",
                      "name=" + quote("\u00fc\U0001F468\u200d\U0001F469") + "&kind=" + "x" * 256):
            self.assertEqual(self.ask(query, token)[0], 426, query)
            self.assertEqual(self.ask(query, None)[0], 426, query)  # judged before who asks is looked at

    def test_a_peer_has_the_name_of_its_registration_whatever_the_url_says(self):
        async def welcome(token):
            ann = Client(self.port, token)
            await ann.open(f"fp={FP.lower()}&name={quote('somebody else')}&kind=webexec&uid=bob")
            await ann.socket.close()
            return ann.welcome

        told = asyncio.run(welcome(self.add_peer("ann", "laptop")))
        self.assertEqual((told["user"], told["name"], told["fp"]), ("ann", "laptop", FP))
        self.assertEqual([(peer["name"], peer["kind"]) for peer in told["peers"]], [("laptop", "")])

    def test_a_resume_that_is_refused_neither_loses_nor_doubles(self):
        async def numbers(bob, count):
            return [(await bob.receive_until("data"))["data"] for _ in range(count)]

        async def meet(ann_token, bob_token):
            ann, bob = Client(self.port, ann_token), Client(self.port, bob_token)
            await ann.open()
            await bob.open()
            for number in range(10):
                await ann.send("phone", number)
            self.assertEqual(await numbers(bob, 4), [0, 1, 2, 3])
            bob.socket.transport.abort()
            session = bob.welcome["session"]
            for last_seq in ("", "abc", "-1", f"{bob.last_n}.0", "99999999999999999999"):
                with self.assertRaises(websockets.InvalidStatusCode) as refused:
                    await bob.open(f"confirm=1&session={session}&last_seq={last_seq}")
                self.assertEqual(refused.exception.status_code, 400, last_seq)
            await bob.open(f"confirm=1&session={session}&last_seq={bob.last_n}")
            self.assertTrue(bob.welcome["resumed"])
            self.assertEqual(await numbers(bob, 6), [4, 5, 6, 7, 8, 9])
            await ann.send("phone", "last")
            self.assertEqual(await numbers(bob, 1), ["last"])
            await ann.socket.close()
            await bob.socket.close()

        asyncio.run(meet(self.add_peer("ann", "laptop"), self.add_peer("ann", "phone")))


class LegacyHubUrl(HubUrl):
    """PeerBook's clients come without a token, by the fingerprint that /verify took from them."""
    settings = ("signaling.legacy_peerbook=true", "signaling.registration=open")

    def test_peerbooks_clients_come_in_by_what_their_url_says(self):
        token = self.add_peer("ann", "laptop")
        claim = {"fp": FP, "uid": "ann", "kind": "webexec", "name": "server"}
        self.assertEqual(self.call("POST", "/verify", claim)[0], 201)
        self.assertEqual(self.call("POST", "/api/verify", {"target": "server"}, token)[0], 204)

        async def come(query):
            async with websockets.connect(f"ws://127.0.0.1:{self.port}/ws?{query}") as server:
                return await asyncio.wait_for(server.recv(), 10)

        for name in ("server", "", "some+other", "x" * 256):
            self.assertIn('"name":"server"', asyncio.run(come(f"fp={FP}&name={name}&kind=webexec&uid=ann")), name)
        for query, _ in BAD:
            with self.assertRaises(websockets.InvalidStatusCode) as refused:
                asyncio.run(come(query if query.startswith("fp=") else f"fp={FP}&{query}"))
            self.assertEqual(refused.exception.status_code, 400, query)


if __name__ == "__main__":
    unittest.main()
