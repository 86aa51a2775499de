"""How much peers may say: who says too much is slowed down and not answered for each message, calls with all others at
once lose nothing, every bound follows signaling.max_message, and the end of the server is told."""
import asyncio
import json
import signal
import time
import unittest

import websockets

from hub_test import Client, HubCase

FLOOD = 3000


class Limits(HubCase):
    async def opened(self, user, names, query="confirm=1"):
        peers = [Client(self.port, self.add_peer(user, name)) for name in names]
        for peer in peers:
            await peer.open(query)
        return peers

    def waiting_peer(self):
        status, joined = self.call("POST", "/api/register", {"user": "ann", "name": "stranger"})
        self.assertEqual(status, 201, joined)
        return joined["token"]


class Floods(Limits):
    settings = ("signaling.registration=otp",)

    def answers(self, token, text, seconds=1.0):
        """(how many messages of a flood were taken from us, how many answers came) within that time."""
        async def flood():
            sent = received = 0
            socket = await websockets.connect(f"ws://127.0.0.1:{self.port}/ws", write_limit=4096,
                                              subprotocols=[f"icebox.token.{token}", "icebox.v1"])

            async def send():
                nonlocal sent
                while True:
                    await socket.send(text)
                    sent += 1

            sending = asyncio.ensure_future(send())
            deadline = time.monotonic() + seconds
            try:
                while (left := deadline - time.monotonic()) > 0:
                    await asyncio.wait_for(socket.recv(), left)
                    received += 1
            except (asyncio.TimeoutError, websockets.ConnectionClosed):
                pass
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            socket.transport.abort()  # a farewell would stand behind the flood
            return sent, received

        return asyncio.run(asyncio.wait_for(flood(), 30))

    def test_a_flood_is_not_answered_message_by_message(self):
        token = self.add_peer("ann", "laptop")
        self.assertEqual(self.icebox.command("peer", "otp", "ann")[0], 0)
        stranger = self.waiting_peer()
        for who, text, most in ((stranger, '{"target":"laptop","data":1}', 250), (stranger, '{"seen":0}', 5),
                                (stranger, "nonsense", 80), (token, '{"target":"nobody","data":1}', 1200)):
            sent, received = self.answers(who, text)
            self.assertLess(received, most, (text, sent))
        self.assertIsNone(self.icebox.process.poll())

    def test_who_sends_too_fast_is_slowed_down_and_loses_nothing(self):
        async def talk():
            ann, bob = await self.opened("home", ("ann", "bob"), "confirm=0")
            for number in range(900):  # 800 at once, then 50 a second
                await ann.send("bob", number)
            heard = [(await bob.receive_until("data"))["data"] for _ in range(900)]
            self.assertEqual(heard, list(range(900)))
            for peer in (ann, bob):
                await peer.socket.close()

        asyncio.run(talk())


class Calls(Limits):
    def test_twenty_peers_call_each_other_at_once(self):
        """An offer and thirty candidates to each of nineteen others, of everybody, and all arrive."""
        names = [f"p{number}" for number in range(20)]
        body = {"candidate": "candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host generation 0 ufrag abcd " + "x" * 100}

        async def call(peer, me):
            for round_ in range(31):
                for name in names:
                    if name != me:
                        peer.ids += 1
                        await peer.socket.send(json.dumps({"target": name, "candidate": {**body, "n": round_}, "id": peer.ids}))

        async def listen(peer, unread):
            expected, got, delivered = 19 * 31, 0, set()
            while got < expected or len(delivered) < expected:
                message = await peer.receive()
                self.assertNotIn("nack", message)
                got += "candidate" in message
                if message.get("status") == "delivered":
                    delivered.add(message["ack"])
                if (got + len(delivered)) % 20 == 0:
                    await peer.confirm()
            await peer.confirm()
            unread.discard(peer)
            while unread:  # the others still wait for what this one confirms
                await asyncio.sleep(0.05)

        async def mesh():
            peers = await self.opened("home", names)
            unread = set(peers)
            await asyncio.wait_for(asyncio.gather(*(call(peer, name) for peer, name in zip(peers, names)),
                                                  *(listen(peer, unread) for peer in peers)), 60)
            for peer in peers:
                await peer.socket.close()

        asyncio.run(mesh())


class LargeMessages(Limits):
    settings = ('signaling.max_message="1MiB"', 'signaling.offline_queue.bytes="1MiB"', "signaling.ice_test=true")

    def test_the_largest_message_passes_and_the_welcome_tells_its_size(self):
        async def talk(query):
            ann, bob = await self.opened("home" + query[-1], ("ann", "bob"), query)
            self.assertEqual(ann.welcome["max_message"], 1 << 20)
            for size in (100_000, 250_000, (1 << 20) - 400):
                await ann.send("bob", "x" * size)
                self.assertEqual(len((await bob.receive_until("data"))["data"]), size)
                await bob.confirm() if query == "confirm=1" else None
                self.assertEqual((await ann.receive_until("ack"))["status"], "delivered")
                await asyncio.sleep(size / (512 * 1024))
            await ann.send("bob", "x" * (1 << 20))
            self.assertEqual((await ann.receive_until("code"))["code"], 413)
            await bob.socket.close()
            await ann.send("bob", "x" * ((1 << 20) - 400))  # also while it is away
            self.assertEqual((await ann.receive_until("ack"))["status"], "queued")
            await bob.open(query)
            self.assertEqual(len((await bob.receive_until("data"))["data"]), (1 << 20) - 400)
            for peer in (ann, bob):
                await peer.socket.close()

        for query in ("confirm=0", "confirm=1"):
            with self.subTest(query):
                asyncio.run(talk(query))

    def test_peerjs_and_ice_test_too(self):
        url = "ws://127.0.0.1:{}/peerjs/peerjs?key=peerjs&id={}&token=t&version=1.5.5"

        async def talk():
            ann, bob = [await websockets.connect(url.format(self.port, name), max_size=None) for name in ("ann", "bob")]
            for peer in (ann, bob):
                self.assertEqual(json.loads(await peer.recv())["type"], "OPEN")
            payload = "x" * ((1 << 20) - 400)
            await ann.send(json.dumps({"type": "OFFER", "dst": "bob", "payload": payload}))
            self.assertEqual(json.loads(await asyncio.wait_for(bob.recv(), 10))["payload"], payload)
            for peer in (ann, bob):
                await peer.close()

        asyncio.run(talk())
        self.assertEqual(self.call("POST", "/send", {"to": "nobody", "content": "x" * 500_000})[0], 404, "not 413")
        self.assertEqual(self.call("POST", "/send", {"to": "nobody", "content": "x" * (1 << 20)})[0], 413)


class Ends(Limits):
    def test_clients_hear_that_the_server_ends(self):
        async def end():
            (ann,) = await self.opened("home", ("ann",))
            peerjs = await websockets.connect(f"ws://127.0.0.1:{self.port}/peerjs/peerjs?key=peerjs&id=a&token=t&version=1")
            await peerjs.recv()
            self.icebox.process.send_signal(signal.SIGTERM)
            for socket in (ann.socket, peerjs):
                await asyncio.wait_for(socket.wait_closed(), 10)
                self.assertEqual(socket.close_code, 1001)

        asyncio.run(end())
        self.assertEqual(self.icebox.process.wait(10), 0)

    def test_a_text_cut_between_the_halves_of_a_character_is_relayed(self):
        async def talk():
            ann, bob = await self.opened("home", ("ann", "bob"))
            await ann.socket.send('{"target":"bob","id":1,"data":"cut \\ud83d"}')
            self.assertEqual((await bob.receive_until("data"))["data"], "cut \ud83d")
            await ann.socket.send('{"target":"bob","id":2,"data":tru}')
            refusal = await ann.receive_until("nack")
            self.assertEqual((refusal["nack"], refusal["code"]), (2, 400))
            for peer in (ann, bob):
                await peer.socket.close()

        asyncio.run(talk())


if __name__ == "__main__":
    unittest.main()
