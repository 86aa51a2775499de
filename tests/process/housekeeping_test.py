"""The running server looks after its database: last connections, dead tokens, old audit entries."""
import asyncio
import json
import os
import sqlite3
import time
import unittest

from hub_test import Client, HubCase

WEEK = 7 * 86400


class Housekeeping(HubCase):
    def database(self):
        return sqlite3.connect(os.path.join(self.icebox.data, "icebox.db"))

    def last_connects(self):
        rows = json.loads(self.icebox.command("peer", "list", "--json")[1])
        return {row["name"]: row["last_connect_at"] for row in rows}

    def test_the_welcome_knows_connections_of_this_second_and_the_disk_those_of_before_the_stop(self):
        async def meet(ann_token, bob_token):
            ann, bob = Client(self.port, ann_token), Client(self.port, bob_token)
            listed = {peer["name"]: peer["last_connect"] for peer in (await ann.open())["peers"]}
            self.assertAlmostEqual(listed["laptop"], time.time(), delta=3)
            self.assertIsNone(listed["phone"])
            listed = {peer["name"]: peer["last_connect"] for peer in (await bob.open())["peers"]}
            self.assertAlmostEqual(listed["laptop"], time.time(), delta=3)
            self.add_peer("ann", "tablet")  # a new snapshot of storage, which does not know yet
            listed = {peer["name"]: peer["last_connect"] for peer in (await ann.open())["peers"]}
            self.assertAlmostEqual(listed["phone"], time.time(), delta=3)
            await ann.socket.close()
            await bob.socket.close()

        asyncio.run(meet(self.add_peer("ann", "laptop"), self.add_peer("ann", "phone")))
        begun = time.monotonic()
        self.icebox.__exit__()
        self.assertLess(time.monotonic() - begun, 4, "what is pending does not hold up the stop")
        self.assertEqual(self.icebox.status, 0)
        stored = self.last_connects()
        self.assertAlmostEqual(stored["laptop"], time.time(), delta=10)
        self.assertAlmostEqual(stored["phone"], time.time(), delta=10)
        self.assertIsNone(stored["tablet"])
        self.icebox.__enter__()

    def test_connections_are_written_while_it_runs(self):
        async def connect(token):
            ann = Client(self.port, token)
            await ann.open()
            await ann.socket.close()

        asyncio.run(connect(self.add_peer("ann", "laptop")))
        self.eventually(lambda: self.last_connects()["laptop"] is not None)

    def test_dead_tokens_and_old_audit_entries_are_removed(self):
        self.add_peer("ann", "laptop")
        self.icebox.__exit__()
        now = int(time.time())
        with self.database() as database:
            for number, (expires, revoked) in enumerate(((now - WEEK - 60, None), (None, now - WEEK - 60),
                                                         (now - 60, None), (None, None))):
                database.execute("INSERT INTO tokens (hash, purpose, peer_id, created_at, expires_at, revoked_at)"
                                 " VALUES (?, 'peer', 1, 1, ?, ?)", (bytes([number]) * 32, expires, revoked))
            # About sixty accounts, none of them beyond the bound of one.
            database.executemany("INSERT INTO audit (at, actor, action, subject, detail, account_id)"
                                 " VALUES (?, 'x', 'x', 'x', '', ?)", ((now, 100 + i % 60) for i in range(100_500)))
            database.executemany("INSERT INTO audit (at, actor, action, subject, detail, account_id)"
                                 " VALUES (?, 'x', 'x', 'x', '', 1)", ((now,) for _ in range(2_500)))
        database.close()
        self.icebox.__enter__()

        def is_tidy():
            with self.database() as reader:
                entries = reader.execute("SELECT count(*) FROM audit").fetchone()[0]
                of_ann = reader.execute("SELECT count(*) FROM audit WHERE account_id = 1").fetchone()[0]
                tokens = {row[0][0] for row in reader.execute("SELECT hash FROM tokens WHERE created_at = 1")}
            reader.close()
            return entries == 100_000 and of_ann == 2000 and tokens == {2, 3}

        self.eventually(is_tidy)


if __name__ == "__main__":
    unittest.main()
