"""A token that was revoked or has expired is worth nothing, nor is what was had with it: /ws, HTTP, TURN."""
import asyncio
import hashlib
import json
import os
import re
import sqlite3
import time
import unittest

import websockets

from hub_test import TOKEN, Client, HubCase, port_of
from loopback_turn import client, wait_until


class TokenCase(HubCase):
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


class Revocation(TokenCase):
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


class Expiry(TokenCase):
    """No command makes tokens with an end: it is written into the database."""

    def database(self, statement, *values):
        database = sqlite3.connect(os.path.join(self.icebox.data, "icebox.db"), timeout=10)
        with database:
            self.assertEqual(database.execute(statement, values).rowcount, 1)
        database.close()

    def ends_in(self, seconds, token):
        """When `token` will expire."""
        end = int(time.time()) + seconds
        self.database("UPDATE tokens SET expires_at = ? WHERE hash = ?", end, hashlib.sha256(token.encode()).digest())
        return end

    def test_the_live_session_of_a_token_ends_when_it_expires_and_nobody_elses(self):
        async def watch(ending, lasting):
            ann, bob = Client(self.port, ending), Client(self.port, lasting)
            await ann.open()
            await bob.open()
            await ann.receive_until("peer_update")
            end = self.ends_in(3, ending)
            await ann.send("phone", "still here")
            self.assertEqual((await bob.receive_until("data"))["data"], "still here")
            self.assertLess(time.time(), end)
            self.assertEqual(await self.closed(ann), 4002)
            self.assertGreaterEqual(time.time(), end)
            self.assertLess(time.time(), end + 2)
            update = await bob.receive_until("peer_update")
            self.assertEqual(update["peer_update"]["online"], False)
            with self.assertRaises(websockets.InvalidStatusCode) as refused:
                await ann.open()
            self.assertEqual(refused.exception.status_code, 401)
            await bob.send("phone", "hello")
            self.assertEqual((await bob.receive_until("data"))["data"], "hello")
            await bob.socket.close()

        asyncio.run(watch(self.add_peer("ann", "laptop"), self.add_peer("ann", "phone")))

    def test_an_end_that_was_set_before_the_start_is_kept(self):
        async def watch(token):
            ann = Client(self.port, token)
            await ann.open()
            self.assertEqual(await self.closed(ann), 4002)

        token = self.add_peer("ann", "laptop")
        self.icebox.__exit__()
        end = self.ends_in(5, token)
        self.icebox.__enter__()
        self.port = port_of(self.icebox)
        asyncio.run(watch(token))
        self.assertGreaterEqual(time.time(), end)
        self.assertLess(time.time(), end + 2)

    def test_turn_sessions_end_with_the_token_and_those_of_its_successor_go_on(self):
        ending = self.add_peer("ann", "laptop")
        lasting = "ibx_" + "A" * 43
        self.database("INSERT INTO tokens (hash, purpose, peer_id, created_at) SELECT ?, purpose, peer_id, created_at"
                      " FROM tokens WHERE hash = ?",
                      *(hashlib.sha256(token.encode()).digest() for token in (lasting, ending)))
        self.eventually(lambda: self.call("GET", "/api/ice-servers", token=lasting)[0] == 200)
        old, new = self.credential(ending), self.credential(lasting)
        turns = [client(self.icebox, *old), client(self.icebox, *new)]
        for turn in turns:
            self.assertEqual(turn.allocate().code, 200)
        end = self.ends_in(2, ending)
        self.assertEqual(len(self.turn_users()), 2)
        self.assertTrue(wait_until(lambda: len(self.turn_users()) == 1, 5))
        self.assertGreaterEqual(time.time(), end)
        self.assertLess(time.time(), end + 2)
        self.assertEqual(turns[0].refresh().code, 401)
        self.assertEqual(client(self.icebox, *old).allocate().code, 401)  # though its hour is not over
        self.assertEqual(self.call("GET", "/api/ice-servers", token=ending)[0], 401)
        self.assertEqual(turns[1].refresh().code, 200)


if __name__ == "__main__":
    unittest.main()
