"""The PeerJS dialect of the running server, frame by frame; the real client is in tests/browser."""
import asyncio
import json
import re
import unittest
import urllib.error
import urllib.request

import websockets

from icebox_process import Icebox


def url_of(port, id="a", token="t", key="peerjs", path="/peerjs/peerjs"):
    return f"ws://127.0.0.1:{port}{path}?key={key}&id={id}&token={token}&version=1.5.5"


class Client:
    """What it hears comes from receive(); None: the server has closed."""

    def __init__(self, socket):
        self.socket = socket

    async def receive(self):
        try:
            return json.loads(await asyncio.wait_for(self.socket.recv(), 10))
        except websockets.ConnectionClosed:
            return None

    async def send(self, type, dst=None, **fields):
        message = {"type": type, **({"dst": dst} if dst else {}), **fields}
        await self.socket.send(json.dumps(message))


class PeerJsCase(unittest.IsolatedAsyncioTestCase):
    settings = ()
    config = None

    def setUp(self):
        self.icebox = Icebox("limits.http_requests_per_second=1000", *self.settings, config=self.config)
        self.icebox.__enter__()
        self.addCleanup(self.icebox.__exit__)
        self.port = self.icebox.port("tcp")

    async def connect(self, id="a", token="t", **more):
        socket = await websockets.connect(url_of(self.port, id, token, **more))
        self.addAsyncCleanup(socket.close)
        return Client(socket)

    async def join(self, id="a", token="t", **more):
        client = await self.connect(id, token, **more)
        self.assertEqual(await client.receive(), {"type": "OPEN"})
        return client

    def get(self, path, origin=None):
        """(status, body, headers)"""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if origin:
            request.add_header("Origin", origin)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers


class PeerJs(PeerJsCase):
    def test_http_tells_about_itself_and_gives_ids_to_who_has_the_key(self):
        for path in ("/peerjs", "/peerjs/"):
            status, body, _ = self.get(path)
            self.assertEqual((status, json.loads(body)["name"]), (200, "PeerJS Server"))
        ids = [self.get(path)[1] for path in ("/peerjs/peerjs/id?ts=1&version=1.5.5", "/peerjs/id")]
        for id in ids:
            self.assertRegex(id, r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertNotEqual(*ids)
        for path, status in (("/peerjs/other/id", 403), ("/peerjs/other/peers", 403), ("/peerjs/peerjs/peers", 401),
                             ("/peerjs/peers", 401), ("/peerjs/peerjs/x", 404), ("/peerjs/peerjs", 404),
                             ("/peerjs//id", 403), ("/peerjsx", 404)):
            self.assertEqual(self.get(path)[0], status, path)

    async def test_who_lacks_something_hears_what_and_is_closed(self):
        for change, message in (({"id": ""}, "No id, token, or key supplied to websocket server"),
                                ({"token": ""}, "No id, token, or key supplied to websocket server"),
                                ({"key": ""}, "No id, token, or key supplied to websocket server"),
                                ({"key": "other"}, "Invalid key provided"),
                                ({"id": "x" * 257}, "The id and the token must be UTF-8 of at most 256 octets"),
                                ({"token": "50%off"}, "A % in the id, the token or the key must be written as %25"),
                                ({"id": "%ff"}, "The id and the token must be UTF-8 of at most 256 octets")):
            client = await self.connect(**change)
            self.assertEqual(await client.receive(), {"type": "ERROR", "payload": {"msg": message}})
            self.assertIsNone(await client.receive())
            self.assertEqual(client.socket.close_code, 1008)

    async def test_offer_answer_and_candidates_arrive_as_they_were_sent(self):
        a, b = await self.join("a"), await self.join("b", path="/peerjs")
        offer = {"sdp": {"type": "offer", "sdp": "v=0\r\n"}, "type": "data", "connectionId": "dc_1", "metadata": [1, {}]}
        await a.send("OFFER", "b", payload=offer, src="somebody else", extra=1)
        self.assertEqual(await b.receive(), {"type": "OFFER", "src": "a", "dst": "b", "payload": offer})
        for type in ("ANSWER", "CANDIDATE", "LEAVE"):
            await b.send(type, "a", payload={"of": type})
            self.assertEqual(await a.receive(), {"type": type, "src": "b", "dst": "a", "payload": {"of": type}})

    async def test_what_only_a_server_says_is_never_relayed(self):
        a, b = await self.join("a"), await self.join("b")
        for type in ("EXPIRE", "OPEN", "ERROR", "ID-TAKEN", "INVALID-KEY", "HEARTBEAT", "ANYTHING"):
            await a.send(type, "b", payload={"msg": "forged"})
        await a.send("OFFER")
        await a.send("LEAVE", "b")
        self.assertEqual(await b.receive(), {"type": "LEAVE", "src": "a", "dst": "b"})

    async def test_offers_wait_for_who_comes_and_leave_does_not(self):
        a = await self.join("a")
        await a.send("LEAVE", "b")
        for number in range(3):
            await a.send("CANDIDATE", "b", payload=number)
        await a.send("LEAVE", "a")
        self.assertEqual((await a.receive())["type"], "LEAVE")  # the server has all of it
        b = await self.join("b")
        self.assertEqual([(await b.receive())["payload"] for _ in range(3)], [0, 1, 2])

    async def test_what_nobody_fetches_expires_once_for_each_pair(self):
        a, c = await self.join("a"), await self.join("c")
        started = asyncio.get_running_loop().time()
        for client in (a, a, c):
            await client.send("OFFER", "b", payload={})
        for client, id in ((a, "a"), (c, "c")):
            self.assertEqual(await client.receive(), {"type": "EXPIRE", "src": "b", "dst": id})
        self.assertAlmostEqual(asyncio.get_running_loop().time() - started, 5, delta=1.5)
        await a.send("LEAVE", "a")
        self.assertEqual((await a.receive())["type"], "LEAVE")
        b = await self.join("b")
        await b.send("LEAVE", "b")
        self.assertEqual((await b.receive())["type"], "LEAVE")

    async def test_a_full_queue_expires_at_once(self):
        a = await self.join("a")
        for _ in range(257):
            await a.send("CANDIDATE", "b", payload={})
        self.assertEqual(await asyncio.wait_for(a.receive(), 3), {"type": "EXPIRE", "src": "b", "dst": "a"})
        await a.send("OFFER", "x" * 300, payload={})
        self.assertEqual(await asyncio.wait_for(a.receive(), 3), {"type": "EXPIRE", "src": "x" * 300, "dst": "a"})

    async def test_the_same_token_takes_over_and_another_does_not(self):
        first = await self.join("a")
        second = await self.join("a")
        self.assertIsNone(await first.receive())
        self.assertEqual(first.socket.close_code, 4001)
        thief = await self.connect("a", "other")
        self.assertEqual(await thief.receive(), {"type": "ID-TAKEN", "payload": {"msg": "ID is taken"}})
        self.assertIsNone(await thief.receive())
        b = await self.join("b")
        await b.send("OFFER", "a", payload=1)
        self.assertEqual((await second.receive())["payload"], 1)
        await second.socket.close()
        await self.join("a", "other")  # free again at once

    async def test_leave_without_a_receiver_frees_the_name(self):
        a = await self.join("a")
        await a.send("LEAVE")
        self.assertIsNone(await a.receive())
        self.assertEqual(a.socket.close_code, 1000)
        await self.join("a", "other")

    async def test_nobody_is_told_that_another_is_gone(self):
        a, b = await self.join("a"), await self.join("b")
        await b.send("OFFER", "a", payload=1)
        self.assertEqual((await a.receive())["payload"], 1)
        await b.socket.close()
        await a.send("LEAVE", "a")
        self.assertEqual((await a.receive())["type"], "LEAVE")

    async def test_nonsense_harms_nobody_and_has_an_end(self):
        a, b = await self.join("a"), await self.join("b")
        for text in ("{", "[]", "7", '{"type":"OFFER","dst":1}', '{"type":"OFFER","dst":"b","dst":"c"}', b"\xff\xfe"):
            await a.socket.send(text)
        await a.socket.send(b'{"type":"OFFER","dst":"b","payload":1}')  # its server does not ask which kind of frame
        self.assertEqual((await b.receive())["payload"], 1)
        for _ in range(100):
            await a.socket.send("{")
        self.assertEqual((await a.receive())["type"], "ERROR")
        self.assertIsNone(await a.receive())
        self.assertEqual(a.socket.close_code, 1008)

    async def test_too_large_and_too_fast_are_told_and_closed(self):
        a, b = await self.join("a"), await self.join("b")
        await a.send("OFFER", "b", payload="x" * 70000)
        self.assertEqual((await a.receive())["type"], "ERROR")
        self.assertIsNone(await a.receive())
        self.assertEqual(a.socket.close_code, 1009)
        async def flood():
            for number in range(4000):
                await b.send("CANDIDATE", "b", payload=number)
        flooding = asyncio.create_task(flood())
        while (heard := await b.receive())["type"] == "CANDIDATE":
            pass
        self.assertEqual(heard, {"type": "ERROR", "payload": {"msg": "Too many messages"}})
        flooding.cancel()

    async def test_pages_of_other_origins_are_refused(self):
        status, _, headers = self.get("/peerjs/peerjs/id", "https://elsewhere.example")
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (200, None))
        with self.assertRaises(websockets.InvalidStatusCode) as refused:
            await websockets.connect(url_of(self.port), origin="https://elsewhere.example")
        self.assertEqual(refused.exception.status_code, 403)
        await websockets.connect(url_of(self.port), origin=f"http://127.0.0.1:{self.port}")

    async def test_ids_and_tokens_are_not_logged(self):
        await self.join("my-secret-id", "my-secret-token")
        self.assertIsNone(re.search("my-secret", self.icebox.stderr()))


class Settings(PeerJsCase):
    config = '[signaling]\npeerjs_key = "ours"\npeerjs_discovery = true\nallowed_origins = ["*"]\n'

    async def reload(self, text):
        self.icebox.write_config(text)
        status, _, error = await asyncio.to_thread(self.icebox.command, "reload")
        self.assertEqual(status, 0, error)

    async def test_a_key_of_ones_own_discovery_and_any_origin(self):
        await self.join("b", key="ours")
        await self.join("a \u00e4", key="ours")
        status, body, headers = self.get("/peerjs/ours/peers", "https://elsewhere.example")
        self.assertEqual((status, json.loads(body)), (200, ["a \u00e4", "b"]))
        self.assertEqual(headers["Access-Control-Allow-Origin"], "*")
        self.assertEqual([self.get(path)[0] for path in ("/peerjs/ours/id", "/peerjs/peerjs/id", "/peerjs/id")],
                         [200, 403, 403])
        await websockets.connect(url_of(self.port, id="c", key="ours"), origin="https://elsewhere.example")

    async def test_a_reload_changes_the_key_and_turns_it_off(self):
        a = await self.join("a", key="ours")
        await self.reload('[signaling]\npeerjs_key = "ours"\n')
        self.assertEqual(self.get("/peerjs/ours/peers")[0], 401)
        await a.send("LEAVE", "a")
        self.assertEqual((await a.receive())["type"], "LEAVE")  # a reload that leaves the key leaves the clients
        await self.reload('[signaling]\npeerjs_key = "new"\n')
        self.assertIsNone(await a.receive())
        self.assertEqual(a.socket.close_code, 1008)
        await self.join("a", "other", key="new")
        await self.reload('[signaling]\npeerjs_key = ""\n')
        self.assertEqual([self.get(path)[0] for path in ("/peerjs/", "/peerjs/peerjs/id", "/peerjs/new/id")], [404] * 3)
        with self.assertRaises(websockets.InvalidStatusCode) as refused:
            await websockets.connect(url_of(self.port, key=""))
        self.assertEqual(refused.exception.status_code, 404)


if __name__ == "__main__":
    unittest.main()
