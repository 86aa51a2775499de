"""Signaling of the running server, as programs use it: invitations, tokens, /ws, ICE servers, revocation."""
import asyncio
import base64
import hashlib
import hmac
import json
import re
import struct
import time
import unittest
import urllib.error
import urllib.request

import websockets

from icebox_process import Icebox

TOKEN = r"ibx_[A-Za-z0-9_-]{43}"


def port_of(icebox):
    return next(int(line.split()[1].rsplit(":", 1)[1]) for line in icebox.banner if line.split()[:1] == ["tcp"])


class Client:
    """A peer of the server on a local port."""

    def __init__(self, port, token):
        self.port, self.token, self.last_n, self.ids = port, token, 0, 0

    async def open(self, query="confirm=1"):
        self.socket = await websockets.connect(f"ws://127.0.0.1:{self.port}/ws?{query}",
                                               subprotocols=["icebox.v1", f"icebox.token.{self.token}"])
        self.welcome = await self.receive()
        return self.welcome

    async def receive(self):
        message = json.loads(await asyncio.wait_for(self.socket.recv(), 10))
        self.last_n = message.get("n", self.last_n)
        return message

    async def receive_until(self, key):
        while True:
            message = await self.receive()
            if key in message:
                return message

    async def send(self, target, data):
        self.ids += 1
        await self.socket.send(json.dumps({"target": target, "data": data, "id": self.ids}))

    async def confirm(self):
        await self.socket.send(json.dumps({"seen": self.last_n}))


class HubCase(unittest.TestCase):
    def setUp(self):
        self.icebox = Icebox("limits.http_requests_per_second=1000", *getattr(self, "settings", ()))
        self.icebox.__enter__()
        self.addCleanup(self.icebox.__exit__)
        self.port = port_of(self.icebox)

    def call(self, method, path, body=None, token=None):
        """(status, JSON or None)"""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def add_peer(self, user, name):
        status, out, error = self.icebox.command("peer", "add", user, name)
        self.assertEqual(status, 0, error)
        token = re.search(TOKEN, out).group(0)
        self.eventually(lambda: self.call("GET", "/api/ice-servers", token=token)[0] == 200)
        return token

    def eventually(self, holds):
        deadline = time.monotonic() + 10
        while not holds():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)


class Hub(HubCase):
    def test_start_says_how_to_invite_and_an_invitation_lets_one_browser_in_once(self):
        self.assertIn("icebox peer invite admin", "".join(self.icebox.banner))
        link = re.search(rf"https://[^/]+/#invite=({TOKEN})", self.icebox.command("peer", "invite", "admin", "--url", "https://test.example.org")[1])
        joining = {"invitation": link.group(1), "name": "laptop", "kind": "browser", "fp": "ab:" * 31 + "AB"}
        status, joined = self.call("POST", "/api/invitations/redeem", joining)
        self.assertEqual(status, 201)
        self.assertEqual((joined["user"], joined["peer"]["name"], joined["peer"]["verified"], joined["peer"]["fp"]),
                         ("admin", "laptop", True, "AB" * 32))
        status, refusal = self.call("POST", "/api/invitations/redeem", {**joining, "name": "other", "fp": ""})
        self.assertEqual((status, refusal["status"]), (410, 410))

        status, invitation = self.call("POST", "/api/invitations", token=joined["token"])
        self.assertEqual(status, 201)
        self.assertIn("<svg", invitation["qr_svg"])
        self.assertAlmostEqual(invitation["expires_at"], time.time() + 86400, delta=60)
        token = re.search(TOKEN, invitation["url"]).group(0)
        status, second = self.call("POST", "/api/invitations/redeem", {"invitation": token, "name": "phone"})
        self.assertEqual((status, second["user"]), (201, "admin"))
        for secret in (link.group(1), joined["token"], token, second["token"]):
            self.assertNotIn(secret, self.icebox.stderr())

    def test_a_server_with_peers_prints_no_invitation(self):
        self.add_peer("ann", "laptop")
        self.icebox.__exit__()
        self.icebox.__enter__()
        self.assertNotIn("invite", "".join(self.icebox.banner))

    def test_bad_joining_is_refused_with_the_field_and_leaves_the_invitation_good(self):
        token = re.search(TOKEN, self.icebox.command("peer", "invite", "admin", "--url", "https://test.example.org")[1]).group(0)
        for change, status, word in (({"invitation": "x"}, 400, "invitation"), ({"name": ""}, 400, "name"),
                                     ({"name": "a\nb"}, 400, "name"), ({"name": 7}, 400, "name"),
                                     ({"fp": "12"}, 400, "fp"), ({"fp": 7}, 400, "fp"), ({"kind": "x" * 100}, 400, "kind"),
                                     ({"invitation": "ibx_" + "A" * 43}, 404, "invitation")):
            found, answer = self.call("POST", "/api/invitations/redeem", {"invitation": token, "name": "a", **change})
            self.assertEqual(found, status, change)
            self.assertIn(word, answer["detail"])
        self.assertEqual(self.call("POST", "/api/invitations/redeem", ["a"])[0], 400)
        self.assertEqual(self.call("POST", "/api/invitations/redeem", {"invitation": token, "name": "a"})[0], 201)

    def test_ice_servers_come_in_three_shapes_to_peers_only(self):
        token = self.add_peer("ann", "laptop")
        status, plain = self.call("GET", "/api/ice-servers", token=token)
        self.assertEqual((status, plain["ttl"]), (200, 3600))
        with_credential = plain["iceServers"][1]
        self.assertRegex(with_credential["username"], ":ibx-peer-1-[0-9a-f]{16}$")
        self.assertTrue(any(url.startswith("turns:") for url in with_credential["urls"]))
        status, cloudflare = self.call("POST", "/v1/turn/keys/any/credentials/generate-ice-servers", {"ttl": 60}, token)
        self.assertEqual((status, cloudflare["iceServers"][1]["urls"]), (201, with_credential["urls"]))
        status, uberti = self.call("GET", f"/turn?service=turn&username=x&key={token}")
        self.assertEqual((status, uberti["uris"]), (200, with_credential["urls"]))
        status, out, _ = self.icebox.command("verify-credential", uberti["username"], uberti["password"])
        self.assertEqual(status, 0, out)
        for method, path in (("GET", "/api/ice-servers"), ("GET", "/turn?service=turn"),
                             ("POST", "/v1/turn/keys/any/credentials/generate-ice-servers")):
            self.assertEqual(self.call(method, path)[0], 401, path)
            self.assertEqual(self.call(method, path, token="ibx_" + "A" * 43)[0], 401, path)

    def test_peers_meet_in_order_with_receipts_and_resume_without_loss(self):
        async def meet(ann_token, bob_token):
            ann, bob = Client(self.port, ann_token), Client(self.port, bob_token)
            await ann.open()
            welcome = await bob.open()
            self.assertEqual({peer["name"]: peer["online"] for peer in welcome["peers"]},
                             {"laptop": True, "phone": True})
            self.assertEqual((await ann.receive())["peer_update"]["online"], True)
            for number in range(20):
                await ann.send("phone", {"number": number})
            for number in range(10):
                message = await bob.receive()
                self.assertEqual((message["data"]["number"], message["seq"]), (number, number + 1))
            await bob.confirm()
            bob.socket.transport.abort()  # a network that is gone says no farewell
            await bob.open(f"confirm=1&session={bob.welcome['session']}&last_seq={bob.last_n}")
            self.assertTrue(bob.welcome["resumed"])
            for number in range(10, 20):
                message = await bob.receive_until("data")
                self.assertEqual((message["data"]["number"], message["seq"]), (number, number + 1))
            await bob.confirm()
            delivered = set()
            while len(delivered) < 20:
                receipt = await ann.receive_until("ack")
                if receipt["status"] == "delivered":
                    self.assertNotIn(receipt["ack"], delivered)
                    delivered.add(receipt["ack"])
            await ann.socket.close()
            await bob.socket.close()

        asyncio.run(meet(self.add_peer("ann", "laptop"), self.add_peer("ann", "phone")))

    def test_unknown_and_foreign_targets_look_the_same(self):
        async def ask(token):
            ann = Client(self.port, token)
            await ann.open()
            answers = []
            for target in ("secret", "nobody", "F" * 64):
                await ann.send(target, 1)
                answer = await ann.receive()
                answer.pop("nack")
                answers.append(answer)
            await ann.socket.close()
            return answers

        ann = self.add_peer("ann", "laptop")
        self.add_peer("bob", "secret")
        answers = asyncio.run(ask(ann))
        self.assertEqual(answers[0], {"code": 404, "text": "no such peer"})
        self.assertEqual(answers, [answers[0]] * 3)

    def test_removal_ends_session_token_and_credentials_at_once(self):
        async def watch(token):
            ann = Client(self.port, token)
            await ann.open()
            self.assertEqual(self.icebox.command("peer", "remove", "ann", "laptop")[0], 0)
            with self.assertRaises(websockets.ConnectionClosed):
                while True:
                    await ann.receive()
            self.assertEqual(ann.socket.close_code, 4002)

        def verdict():
            return self.icebox.command("verify-credential", server["username"], server["credential"])[:2]

        token = self.add_peer("ann", "laptop")
        server = self.call("GET", "/api/ice-servers", token=token)[1]["iceServers"][1]
        self.assertEqual(verdict()[0], 0)
        asyncio.run(watch(token))
        self.assertEqual(self.call("GET", "/api/ice-servers", token=token)[0], 401)
        self.assertEqual(verdict()[0], 1)
        self.assertIn("removed", verdict()[1])

    def test_without_a_token_nobody_attaches(self):
        async def knock(**arguments):
            with self.assertRaises(websockets.InvalidStatusCode) as refused:
                await websockets.connect(f"ws://127.0.0.1:{self.port}/ws?fp={'A' * 64}&name=x", **arguments)
            return refused.exception.status_code

        self.assertEqual(asyncio.run(knock()), 401)
        self.assertEqual(asyncio.run(knock(subprotocols=["icebox.v1", "icebox.token.ibx_" + "A" * 43])), 401)
        token = self.add_peer("ann", "laptop")
        self.assertEqual(asyncio.run(knock(subprotocols=["icebox.v1", f"icebox.token.{token}"],
                                           origin="https://evil.example")), 403)

    def test_nonsense_is_answered_and_harms_nobody(self):
        async def talk(token):
            ann = Client(self.port, token)
            await ann.open()
            for text, code in (("{", 400), ("[]", 400), ('{"target":1,"data":1}', 400), ('{"target":"laptop"}', 400),
                               ('{"target":"laptop","data":"' + "x" * 70000 + '"}', 413)):
                await ann.socket.send(text)
                self.assertEqual((await ann.receive())["code"], code, text[:40])
            await ann.send("laptop", "still here")
            self.assertEqual((await ann.receive())["data"], "still here")
            for _ in range(100):
                await ann.socket.send("{")
            with self.assertRaises(websockets.ConnectionClosed):
                while True:
                    await ann.receive()
            self.assertEqual(ann.socket.close_code, 1008)

        asyncio.run(talk(self.add_peer("ann", "laptop")))


class Registration(HubCase):
    settings = ("signaling.registration=otp",)

    def password(self):
        """The one of now and of the step after it, from the authenticator's link."""
        counter = int(time.time()) // 30
        digest = hmac.new(base64.b32decode(self.secret), struct.pack(">Q", counter), hashlib.sha1).digest()
        offset = digest[-1] & 15
        return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7fffffff) % 10**6:06d}"

    def test_one_time_password_verifies_once_and_cannot_be_guessed(self):
        self.add_peer("ann", "laptop")
        phone = {"user": "ann", "name": "phone", "kind": "browser"}
        self.assertEqual(self.call("POST", "/api/register", phone)[0], 403)  # ann has no authenticator yet
        status, out, error = self.icebox.command("peer", "otp", "ann", "--json")
        self.assertEqual(status, 0, error)
        self.secret = re.search(r"secret=([A-Z2-7]+)", out).group(1)
        self.eventually(lambda: self.call("POST", "/api/register", {**phone, "user": "bob"})[0] == 403)

        status, joined = self.call("POST", "/api/register", phone)
        self.assertEqual((status, joined["peer"]["verified"]), (201, False))
        for method, path, status in (("GET", "/api/ice-servers", 403), ("GET", "/turn?service=turn", 403),
                                     ("POST", "/v1/turn/keys/x/credentials/generate-ice-servers", 403),
                                     ("POST", "/turn", 401), ("POST", "/iceservers", 401)):  # PeerBook's have no other
            self.assertEqual(self.call(method, path, token=joined["token"])[0], status, path)
        password = self.password()
        self.assertEqual(self.call("POST", "/api/verify", {"otp": password}, joined["token"])[0], 204)
        self.assertEqual(self.call("GET", "/api/ice-servers", token=joined["token"])[0], 200)

        status, other = self.call("POST", "/api/register", {**phone, "name": "tablet"})
        self.assertEqual(status, 201)
        self.assertEqual(self.call("POST", "/api/verify", {"otp": int(password)}, other["token"])[0], 400)  # no guess
        for guess in (password, "000000", "12345", ""):  # a used one, and wrong ones
            self.assertEqual(self.call("POST", "/api/verify", {"otp": guess}, other["token"])[0], 403, guess)
        status, refusal = self.call("POST", "/api/verify", {"otp": self.password()}, other["token"])
        self.assertEqual((status, "wait" in refusal["detail"]), (429, True))
        self.assertEqual(self.call("POST", "/api/verify", {"target": "tablet"}, joined["token"])[0], 204)
        self.assertEqual(self.call("GET", "/api/ice-servers", token=other["token"])[0], 200)
        self.assertNotIn(self.secret, self.icebox.stderr())
        self.assertIn(429, [self.call("POST", "/api/register", {**phone, "name": f"more {i}"})[0] for i in range(5)])


if __name__ == "__main__":
    unittest.main()
