"""What PeerBook let through, hole by hole; each test fails on PeerBook's behaviour. Table: tests/process/README.md."""
import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
import unittest

import websockets

from hub_test import Client, HubCase, port_of
from icebox_process import Icebox
from wrong_secrets_test import WrongSecrets

FP = {name: f"{number:02X}" * 32 for number, name in enumerate(("ann", "eve", "phone", "new"), 0xA1)}


class WithProof(HubCase):
    """As it comes: no legacy."""

    def listed(self):
        return {(row["user"], row["name"]): row for row in json.loads(self.icebox.command("peer", "list", "--json")[1])}

    def known(self):
        """ann's laptop, with a fingerprint; its token."""
        token = self.add_peer("ann", "laptop")

        async def bind():
            ann = Client(self.port, token)
            await ann.open(f"fp={FP['ann']}")
            await ann.socket.close()

        asyncio.run(bind())
        return token

    def test_hole_verify_without_auth(self):
        self.known()
        for fp in (FP["ann"], FP["new"]):
            status, answer = self.call("POST", "/verify", {"fp": fp, "uid": "ann", "kind": "webexec", "name": "x"})
            self.assertEqual((status, "ann" in json.dumps(answer)), (401, False))
        self.assertEqual(list(self.listed()), [("ann", "laptop")])

    def test_hole_verify_renames(self):
        token = self.known()
        for name in ("evil", ""):
            status, answer = self.call("POST", "/verify", {"fp": FP["ann"], "uid": "ann", "name": name}, token)
            self.assertEqual((status, answer), (200, {"verified": True, "uid": "ann"}))
        self.assertEqual(list(self.listed()), [("ann", "laptop")])

    def test_hole_verify_tells_foreign_user(self):
        self.known()
        eve = self.add_peer("eve", "laptop")
        answers = [self.call("POST", "/verify", {"fp": fp}, eve) for fp in (FP["ann"], FP["new"])]
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0][0], 404)

    def test_hole_authorize(self):
        self.known()
        for method in ("GET", "POST"):
            self.assertEqual(self.call(method, f"/authorize/{FP['ann']}")[0], 404)

    def test_hole_ice_servers_without_auth(self):
        token = self.known()
        for path in ("/turn", "/iceservers"):
            self.assertEqual(self.call("POST", path)[0], 401)
            self.assertEqual(self.call("POST", path, {"fp": FP["ann"], "uid": "ann"})[0], 401)
            status, servers = self.call("POST", path, token=token)
            self.assertEqual((status, len(servers), servers[0]["credentialType"]), (200, 1, "password"))
            self.assertEqual(set(servers[0]), {"urls", "username", "credential", "credentialType"})
            code, out, _ = self.icebox.command("verify-credential", servers[0]["username"], servers[0]["credential"])
            self.assertEqual(code, 0, out)

    def test_hole_known_turn_secret(self):
        username = f"{int(time.time()) + 600}:x"
        password = base64.b64encode(hmac.digest(b"thisisatest", username.encode(), hashlib.sha1)).decode()
        self.assertEqual(self.icebox.command("verify-credential", username, password)[0], 1)

    def test_hole_bearer_is_the_uid(self):
        self.known()
        for bearer in ("ann", "1", FP["ann"]):
            self.assertEqual(self.call("POST", "/turn", token=bearer)[0], 401)
            self.assertEqual(self.call("POST", "/verify", {"fp": FP["ann"]}, bearer)[0], 401)

    def test_hole_auth_token_leak(self):
        async def welcome(token):
            ann = Client(self.port, token)
            text = json.dumps(await ann.open())
            await ann.socket.close()
            return text

        token = self.known()
        other = self.add_peer("ann", "phone")
        text = asyncio.run(welcome(token))
        self.assertIn("phone", text)
        for secret in (token, other, "token", "ibx_"):
            self.assertNotIn(secret, text)

    def test_hole_foreign_user_text(self):
        async def ask(token):
            eve = Client(self.port, token)
            await eve.open()
            answers = []
            for target in (FP["ann"], FP["new"]):
                await eve.send(target, 1)
                answer = await eve.receive()
                answer.pop("nack")
                answers.append(answer)
            await eve.socket.close()
            return answers

        self.known()
        answers = asyncio.run(ask(self.add_peer("eve", "laptop")))
        self.assertEqual(answers, [{"code": 404, "text": "no such peer"}] * 2)

    def test_hole_target_is_no_string(self):
        async def send(token):
            ann = Client(self.port, token)
            await ann.open()
            for target in (1, None, True, {}, [], {"a": [1]}):
                await ann.socket.send(json.dumps({"target": target, "data": {}}))
                self.assertEqual((await ann.receive())["code"], 400)
            await ann.send("laptop", "alive")
            self.assertEqual((await ann.receive_until("data"))["data"], "alive")
            await ann.socket.close()

        asyncio.run(send(self.known()))
        self.assertIsNone(self.icebox.process.poll())

    def test_hole_oversize_frame_cuts_the_connection(self):
        async def send(token):
            ann = Client(self.port, token)
            await ann.open()
            await ann.send("laptop", "x" * 30_000)  # PeerBook's limit was 4096
            self.assertEqual(len((await ann.receive_until("data"))["data"]), 30_000)
            await ann.socket.send(json.dumps({"target": "laptop", "data": "x" * 70_000}))
            self.assertEqual((await ann.receive_until("code"))["code"], 413)
            await ann.send("laptop", "alive")
            self.assertEqual((await ann.receive_until("data"))["data"], "alive")
            await ann.socket.close()

        asyncio.run(send(self.known()))

    async def claim(self):
        await websockets.connect(f"ws://127.0.0.1:{self.port}/ws?fp={FP['ann']}&uid=ann&name=laptop")

    def test_hole_self_asserted_fingerprint(self):
        self.known()
        with self.assertRaises(websockets.InvalidStatusCode) as refused:
            asyncio.run(self.claim())
        self.assertEqual(refused.exception.status_code, 401)


class Legacy(WithProof):
    """With signaling.legacy_peerbook, which takes claims of those that it made itself, and of nobody else."""
    settings = ("signaling.legacy_peerbook=true", "signaling.registration=open")

    def verify(self, **body):
        return self.call("POST", "/verify", {"kind": "webexec", **body})

    def socket(self, name):
        return websockets.connect(f"ws://127.0.0.1:{self.port}/ws?fp={FP[name]}&name=x&kind=webexec&uid=ann")

    def test_hole_verify_without_auth(self):
        self.known()
        self.assertEqual(self.verify(fp=FP["new"], uid="ann", name="server"), (201, {"verified": False, "uid": "ann"}))
        self.assertEqual(self.verify(fp=FP["new"], uid="ann", name="server"), (200, {"verified": False, "uid": "ann"}))
        stored = self.listed()["ann", "server"]
        self.assertEqual((stored["verified"], stored["legacy"], stored["fingerprint"]), (False, True, FP["new"]))
        self.assertEqual(self.verify(fp=FP["eve"], uid="nobody", name="server")[0], 403)  # it makes no users
        self.assertEqual(self.verify(uid="ann", name="server")[0], 400)
        self.assertEqual(self.verify(fp="12", uid="ann", name="server")[0], 400)
        self.assertEqual([self.verify(fp=FP["eve"], uid="ann", name="more")[0] for _ in range(4)], [201, 200, 429, 429])
        self.assertEqual(len(self.listed()), 3)

    def test_hole_verify_renames(self):
        super().test_hole_verify_renames()
        for name in ("evil", ""):
            self.assertEqual(self.verify(fp=FP["ann"], uid="ann", name=name), (200, {"verified": True, "uid": "ann"}))
        self.assertEqual(list(self.listed()), [("ann", "laptop")])

    def test_hole_verify_tells_foreign_user(self):
        super().test_hole_verify_tells_foreign_user()
        self.assertEqual(self.verify(fp=FP["ann"], name="x")[0], 400)  # as of a fingerprint that is nobody's
        self.assertEqual(self.verify(fp=FP["ann"], uid="eve", name="x"), (201, {"verified": False, "uid": "eve"}))
        status, answer = self.verify(fp=FP["ann"], uid="bob", name="x")  # of those who come in by it alone: one
        self.assertEqual((status, "ann" in json.dumps(answer), "eve" in json.dumps(answer)), (403, False, False))
        self.assertIn("token", answer["detail"])
        self.assertEqual(self.verify(fp=FP["ann"], name="x")[0], 400)  # nor of a claim, to who names no user

    def test_a_fingerprint_that_a_stranger_claimed_first_leads_nobody_to_him(self):
        self.known()
        self.add_peer("eve", "laptop")
        self.assertEqual(self.verify(fp=FP["new"], uid="eve", name="bait")[0], 201)
        self.assertEqual(self.icebox.command("peer", "verify", "eve", "bait")[0], 0)

        async def come(query):
            async with websockets.connect(f"ws://127.0.0.1:{self.port}/ws?fp={FP['new']}&name=server&kind=webexec{query}") as server:
                return json.loads(await asyncio.wait_for(server.recv(), 10))

        self.eventually(lambda: "session" in asyncio.run(come("&uid=eve")))
        for query, status in (("", 403), ("&uid=", 403), ("&uid=ann", 401), ("&uid=nobody", 401), ("&email=ann", 401)):
            with self.assertRaises(websockets.InvalidStatusCode) as refused:
                asyncio.run(come(query))
            self.assertEqual(refused.exception.status_code, status, query)
        self.assertEqual(self.verify(fp=FP["new"], uid="ann", name="server")[0], 403)
        self.assertEqual([row for row in self.listed() if row[1] == "server"], [])

    def test_of_two_claims_at_once_one_is_taken(self):
        self.known()
        found = []

        def claim(user, address):
            found.append(WrongSecrets.ask_json(self, "POST", "/verify", {
                "fp": FP["new"], "uid": user, "name": "x", "kind": "webexec"}, None, address)[0])

        threads = [threading.Thread(target=claim, args=args) for args in (("ann", "127.0.0.61"), ("eve", "127.0.0.62"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(found), [201, 403])

    def test_hole_never_verified_sender(self):
        async def attack(ann_token):
            ann = Client(self.port, ann_token)
            await ann.open(f"fp={FP['ann']}")
            eve = await self.socket("new").__aenter__()
            refusal = json.loads(await asyncio.wait_for(eve.recv(), 10))
            self.assertEqual((refusal["code"], "peers" in refusal, "uid" in refusal), (401, False, False))
            for target in (FP["ann"], "laptop"):
                await eve.send(json.dumps({"target": target, "offer": {"type": "offer", "sdp": ""}, "id": 1}))
                self.assertEqual(json.loads(await asyncio.wait_for(eve.recv(), 10))["code"], 401)
            await ann.send("laptop", "next")  # to itself: whatever came before would be seen first
            heard = []
            while not heard or "data" not in heard[-1]:
                heard.append(await ann.receive())
            self.assertFalse([message for message in heard if "offer" in message])
            self.assertEqual(self.icebox.command("peer", "verify", "ann", "server")[0], 0)
            welcome = json.loads(await asyncio.wait_for(eve.recv(), 10))  # it waited for that
            self.assertEqual(welcome["uid"], "ann")
            await eve.close()
            await ann.socket.close()

        token = self.known()
        self.assertEqual(self.verify(fp=FP["new"], uid="ann", name="server")[0], 201)
        asyncio.run(attack(token))

    async def claimed(self):
        """A verified peer that came in by its fingerprint alone, welcomed."""
        self.assertEqual(self.verify(fp=FP["new"], uid="ann", name="server")[0], 201)
        self.assertEqual(self.icebox.command("peer", "verify", "ann", "server")[0], 0)
        self.eventually(lambda: self.verify(fp=FP["new"], uid="ann", name="server")[1]["verified"])
        socket = await self.socket("new")
        welcome = json.loads(await asyncio.wait_for(socket.recv(), 10))
        return socket, welcome["ice_servers"][1]

    async def ended(self, socket, credential):
        """The session, and what was had by it; nobody comes back."""
        await asyncio.wait_for(socket.wait_closed(), 10)
        self.assertEqual(socket.close_code, 4002)
        words = ("verify-credential", credential["username"], credential["credential"])
        self.eventually(lambda: self.icebox.command(*words)[0] != 0)
        with self.assertRaises(websockets.InvalidStatusCode) as refused:
            await self.socket("new")
        self.assertEqual(refused.exception.status_code, 401)

    def test_a_token_ends_the_claim(self):
        async def claim():
            socket, credential = await self.claimed()
            self.assertEqual(self.icebox.command("verify-credential", credential["username"], credential["credential"])[0], 0)
            self.assertEqual(self.icebox.command("peer", "token", "ann", "server")[0], 0)
            await self.ended(socket, credential)

        self.known()
        asyncio.run(claim())
        self.assertFalse(self.listed()["ann", "server"]["legacy"])


class LegacyTurnedOff(HubCase):
    """Legacy mode in the configuration file, so that a reload may end it."""
    known = WithProof.known
    verify, socket, claimed, ended = Legacy.verify, Legacy.socket, Legacy.claimed, Legacy.ended

    def setUp(self):
        self.icebox = Icebox("limits.http_requests_per_second=1000", "signaling.registration=open", config="\n")
        self.icebox.__enter__()
        self.addCleanup(self.icebox.__exit__)
        self.port = port_of(self.icebox)

    def reload(self, text):
        self.icebox.write_config(text)
        status, _, error = self.icebox.command("reload")
        self.assertEqual(status, 0, error)

    def test_a_reload_that_turns_it_off_ends_claims_and_nothing_else(self):
        async def claim(token):
            self.reload("[signaling]\nlegacy_peerbook = true\n")
            socket, credential = await self.claimed()
            ann = Client(self.port, token)
            await ann.open(f"fp={FP['ann']}")
            self.reload("[signaling]\nlegacy_peerbook = false\n")
            await self.ended(socket, credential)
            await ann.send("laptop", "still here")
            self.assertEqual((await ann.receive_until("data"))["data"], "still here")
            await ann.socket.close()

        asyncio.run(claim(self.known()))


if __name__ == "__main__":
    unittest.main()
