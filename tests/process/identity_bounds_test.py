"""What one peer or stranger may not do to the others: renames, certificates and invitations without end, a
certificate bound by a request that is refused, fingerprints claimed first; and what the operator must hear of."""
import asyncio
import http.client
import json
import os
import re
import sqlite3
import time
import unittest

from hub_test import Client, HubCase
from metrics_test import free_port, read

RENAMES = 20       # kRenames, in an hour
CERTIFICATES = 30  # kCertificates, in an hour
FP = "AB" * 32


class Bounds(HubCase):
    def upgrade(self, token, query, **fields):
        """The status of a handshake over plain HTTP."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", f"/ws?{query}", headers={
            "Authorization": f"Bearer {token}", "Connection": "Upgrade", "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", **fields})
        status = connection.getresponse().status
        connection.close()
        return status

    def fingerprints(self):
        return {row["name"]: row["fingerprint"] for row in
                json.loads(self.icebox.command("peer", "list", "--json")[1])}

    def test_a_rename_reaches_the_others_and_renames_are_few(self):
        async def watch(ann_token, bob_token):
            bob = Client(self.port, bob_token)
            await bob.open()
            found = []
            for number in range(RENAMES + 2):
                found.append((await asyncio.to_thread(
                    self.call, "POST", "/api/rename", {"name": f"n{number}"}, ann_token))[0])
            self.assertEqual(found, [204] * RENAMES + [429] * 2)
            names = []
            while len(names) < RENAMES:
                names.append((await bob.receive_until("peer_update"))["peer_update"]["name"])
            self.assertEqual(names, [f"n{number}" for number in range(RENAMES)])
            await bob.socket.close()

        tokens = self.add_peer("ann", "laptop"), self.add_peer("ann", "phone")
        asyncio.run(watch(*tokens))
        self.assertEqual(self.call("POST", "/api/rename", {"name": "mine"}, tokens[1])[0], 204)  # the other's own count

    def test_a_refused_handshake_binds_no_certificate(self):
        token = self.add_peer("ann", "laptop")
        for fields, status in (({"Origin": "https://evil.example"}, 403), ({"Sec-WebSocket-Version": "12"}, 426)):
            self.assertEqual(self.upgrade(token, f"fp={FP}", **fields), status)
            self.assertEqual(self.fingerprints(), {"laptop": None})
        self.assertEqual(self.upgrade(token, f"fp={FP}"), 101)
        self.assertEqual(self.fingerprints(), {"laptop": FP})

    def test_certificates_of_one_peer_are_few_and_the_same_one_is_none(self):
        token = self.add_peer("ann", "laptop")
        found = [self.upgrade(token, f"fp={number:064X}") for number in range(CERTIFICATES + 1)]
        self.assertEqual(found, [101] * CERTIFICATES + [429])
        self.assertEqual(self.upgrade(token, f"fp={CERTIFICATES - 1:064X}"), 101)

    def test_a_fingerprint_says_nothing_of_other_users_and_keeps_nobody_out(self):
        for user in ("ann", "eve"):
            token = self.add_peer(user, f"{user}'s")
            self.assertEqual(self.upgrade(token, f"fp={FP}"), 101)
        self.assertEqual(self.fingerprints(), {"ann's": FP, "eve's": FP})
        second = self.add_peer("ann", "phone")
        self.assertEqual(self.upgrade(second, f"fp={FP}"), 409)  # of one user it is one peer's
        for words in (("verify", FP), ("remove", FP)):
            status, _, error = self.icebox.command("peer", *words)
            self.assertEqual((status, "several users" in error), (1, True))

        async def meet(ann_token, eve_token):
            ann, eve = Client(self.port, ann_token), Client(self.port, eve_token)
            await ann.open()
            await eve.open()
            await ann.send(FP, "to myself, and never to eve")
            self.assertEqual((await ann.receive_until("data"))["data"], "to myself, and never to eve")
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(eve.receive_until("data"), 0.5)

        rows = self.icebox.command("peer", "token", "ann", "ann's")[1], self.icebox.command("peer", "token", "eve", "eve's")[1]
        tokens = [re.search(r"ibx_\S+", row).group(0) for row in rows]
        for token in tokens:
            self.eventually(lambda: self.call("GET", "/api/ice-servers", token=token)[0] == 200)
        asyncio.run(meet(*tokens))


class Operator(HubCase):
    def setUp(self):
        self.metrics_port = free_port()
        self.settings = (f"metrics.listen=127.0.0.1:{self.metrics_port}",)
        super().setUp()

    def test_lost_writes_are_logged_and_counted(self):
        token = self.add_peer("ann", "laptop")
        database = sqlite3.connect(os.path.join(self.icebox.data, "icebox.db"), isolation_level=None)
        database.execute("BEGIN IMMEDIATE")  # as a backup that never ends
        self.assertEqual(self.call("POST", "/api/rename", {"name": "desk"}, token)[0], 503)
        database.execute("ROLLBACK")
        database.close()
        self.eventually(lambda: "storage_write_failed" in self.icebox.stderr())
        self.assertRegex(self.icebox.stderr(), r"error storage_write_failed +writes=1 text=\".*icebox\.db")
        self.assertEqual(read(self.metrics_port)["icebox_storage_write_failures_total"], 1)
        self.assertEqual(self.call("POST", "/api/rename", {"name": "desk"}, token)[0], 204)

    def test_data_that_everybody_may_read_is_warned_of(self):
        self.icebox.__exit__()
        self.assertNotIn("is open to every user", self.icebox.stderr())
        database = os.path.join(self.icebox.data, "icebox.db")
        os.chmod(database, 0o644)
        os.chmod(self.icebox.data, 0o755)
        self.icebox.__enter__()
        for path, cure in ((database, "600"), (self.icebox.data, "700")):
            told = re.compile(rf"warn +self_check .*{re.escape(path)} is open to every user of this host.*chmod {cure}")
            self.eventually(lambda: told.search(self.icebox.stderr()))
        error = self.icebox.command("check-config")[2]
        self.assertIn(f"chmod 600 {database}", error)


if __name__ == "__main__":
    unittest.main()
