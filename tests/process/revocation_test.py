"""A revoked token is worth nothing, nor is anything that was had with it: /ws, HTTP, TURN."""
import asyncio
import json
import re
import unittest

import websockets

from hub_test import TOKEN, Client, HubCase
from loopback_turn import client, wait_until


class Revocation(HubCase):
    def credential(self, token):
        status, answer = self.call("GET", "/api/ice-servers", token=token)
        self.assertEqual(status, 200)
        server = answer["iceServers"][1]
        return server["username"], server["credential"]

    def new_token(self, *peer):
        status, out, error = self.icebox.command("peer", "token", *peer)
        self.assertEqual(status, 0, error)
        return re.search(TOKEN, out).group(0)

    def turn_users(self):
        return [session["user"] for session in json.loads(self.icebox.command("sessions", "--json")[1])["sessions"]]

    async def closed(self, ann):
        with self.assertRaises(websockets.ConnectionClosed):
            while True:
                await ann.receive()
        return ann.socket.close_code

    def test_the_live_session_of_a_revoked_token_ends_and_nobody_elses(self):
        async def watch(old, bob_token):
            ann, bob = Client(self.port, old), Client(self.port, bob_token)
            welcome = await ann.open()
            await bob.open()
            await ann.receive_until("peer_update")
            new = self.new_token("ann", "laptop")
            self.assertEqual(await self.closed(ann), 4002)
            with self.assertRaises(websockets.InvalidStatusCode) as refused:  # nor by resuming what it had
                await ann.open(f"confirm=1&session={welcome['session']}&last_seq={ann.last_n}")
            self.assertEqual(refused.exception.status_code, 401)
            update = await bob.receive_until("peer_update")  # the others see it leave, not die
            self.assertEqual(update["peer_update"]["online"], False)
            again = Client(self.port, new)
            await again.open()
            update = await bob.receive_until("peer_update")
            self.assertEqual(update["peer_update"]["online"], True)
            await again.send("phone", "hello")
            self.assertEqual((await bob.receive_until("data"))["data"], "hello")
            self.assertTrue(again.socket.open and bob.socket.open)
            await again.socket.close()
            await bob.socket.close()

        asyncio.run(watch(self.add_peer("ann", "laptop"), self.add_peer("ann", "phone")))

    def test_a_token_made_beside_another_ends_no_session(self):
        async def watch(token):
            ann = Client(self.port, token)
            await ann.open()
            self.add_peer("ann", "phone")  # a new token somewhere, and a new snapshot
            await ann.receive_until("peer_update")
            await ann.send("laptop", "still here")
            self.assertEqual((await ann.receive_until("data"))["data"], "still here")
            await ann.socket.close()

        asyncio.run(watch(self.add_peer("ann", "laptop")))

    def test_turn_sessions_and_credentials_end_with_the_token(self):
        ann, bob = self.add_peer("ann", "laptop"), self.add_peer("bob", "laptop")
        old, of_bob = self.credential(ann), self.credential(bob)
        turns = [client(self.icebox, *old), client(self.icebox, *of_bob)]
        for turn in turns:
            self.assertEqual(turn.allocate().code, 200)
        self.assertEqual(sorted(self.turn_users()), ["ibx-peer-1", "ibx-peer-2"])
        new = self.new_token("ann", "laptop")
        self.assertTrue(wait_until(lambda: self.turn_users() == ["ibx-peer-2"], 3), self.turn_users())
        self.assertEqual(turns[0].refresh().code, 401)
        self.assertEqual(client(self.icebox, *old).allocate().code, 401)  # though its hour is not over
        self.assertEqual(self.call("GET", "/api/ice-servers", token=ann)[0], 401)
        self.assertEqual(turns[1].refresh().code, 200)
        self.assertEqual(client(self.icebox, *self.credential(new)).allocate().code, 200)


if __name__ == "__main__":
    unittest.main()
