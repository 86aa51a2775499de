#!/usr/bin/python3
"""Debian's python3-websockets against icebox's WebSocket layer: websocket_python.py ECHO_SERVER"""

import asyncio
import ssl
import subprocess
import sys
import unittest

import websockets

SERVER = sys.argv.pop(1)
TRUST_ANY = ssl.create_default_context()
TRUST_ANY.check_hostname = False
TRUST_ANY.verify_mode = ssl.CERT_NONE


class WebSocketsClient(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.port = int(cls.server.stdout.readline())

    @classmethod
    def tearDownClass(cls):
        cls.server.stdin.close()
        cls.server.stdout.close()
        cls.server.wait(10)

    def connections(self, path, **options):
        """One plain, one over TLS."""
        for scheme, context in (("ws", None), ("wss", TRUST_ANY)):
            yield websockets.connect(f"{scheme}://127.0.0.1:{self.port}{path}", ssl=context, **options)

    async def test_texts_and_octets_of_every_size_come_back(self):
        for connection in self.connections("/echo"):
            async with connection as socket:
                self.assertEqual(socket.extensions, [])  # permessage-deflate was offered
                for size in (0, 1, 125, 126, 65535, 65536):
                    for message in ("x" * size, b"\xfe" * size):
                        await socket.send(message)
                        self.assertEqual(await socket.recv(), message)

    async def test_fragments_make_one_message(self):
        for connection in self.connections("/echo"):
            async with connection as socket:
                await socket.send([f"{i}\N{BALLOON}" for i in range(100)])  # each item a fragment
                self.assertEqual(await socket.recv(), "".join(f"{i}\N{BALLOON}" for i in range(100)))

    async def test_pings_are_answered(self):
        for connection in self.connections("/echo"):
            async with connection as socket:
                for payload in ("", "ping", b"\x00\xff" * 62):
                    await asyncio.wait_for(await socket.ping(payload), 5)

    async def test_close_codes_and_reasons_go_both_ways(self):
        for connection in self.connections("/echo"):
            async with connection as socket:
                await socket.close(3001, "bye")
                self.assertEqual((socket.close_code, socket.close_reason), (3001, ""))
        for connection in self.connections("/close?code=4001&reason=replaced"):
            async with connection as socket:
                await socket.send("now")
                with self.assertRaises(websockets.ConnectionClosedError) as closed:
                    await socket.recv()
                self.assertEqual((closed.exception.rcvd.code, closed.exception.rcvd.reason), (4001, "replaced"))

    async def test_a_message_above_the_limit_ends_the_connection_or_is_answered(self):
        for connection in self.connections("/echo"):
            async with connection as socket:
                await socket.send("x" * 65537)
                with self.assertRaises(websockets.ConnectionClosedError) as closed:
                    await socket.recv()
                self.assertEqual(closed.exception.rcvd.code, 1009)
        for connection in self.connections("/large"):
            async with connection as socket:
                await socket.send("x" * 500_000)
                self.assertEqual(await socket.recv(), "too large")

    async def test_the_first_subprotocol_is_chosen(self):
        for connection in self.connections("/echo", subprotocols=["icebox.v1", "icebox.token.abc"]):
            async with connection as socket:
                self.assertEqual(socket.subprotocol, "icebox.v1")

    async def test_a_page_of_another_origin_is_refused(self):
        for connection in self.connections("/echo", origin="https://evil.example"):
            with self.assertRaises(websockets.InvalidStatusCode) as refused:
                await connection
            self.assertEqual(refused.exception.status_code, 403)


if __name__ == "__main__":
    unittest.main()
