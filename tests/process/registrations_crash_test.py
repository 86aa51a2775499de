"""kill -9 of the running server during 1000 registrations and verifications over HTTP: nothing acknowledged is lost (R4)."""
import http.client
import itertools
import os
import random
import sqlite3
import tempfile
import threading
import time
import unittest

from http_ledger import Client, Ledger
from icebox_process import Icebox

REGISTRATIONS = int(os.environ.get("ICEBOX_CRASH_REGISTRATIONS", "1000"))
ROUNDS = 20
LANES = 8
SETTINGS = ("signaling.registration=open", "limits.http_requests_per_second=100000")


class Server(Icebox):
    def kill(self):
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()
        self.log.close()


class RegistrationsCrash(unittest.TestCase):
    def lane(self, port, ledger, numbers, faults):
        """Two peers of a user, the second verified by the first, until the server is gone."""
        try:
            while True:
                number = next(numbers)
                client, user = Client(port, number), f"user{number}"
                first, second = (user, "first"), (user, "second")
                ledger.register(client, first, verified=True)
                ledger.register(client, second, verified=False)
                ledger.verify(client, second, by=first)
                client.close()
        except (OSError, http.client.HTTPException):
            pass  # killed
        except Exception as fault:
            faults.append(repr(fault))

    def check_tokens(self, port, ledger, keys):
        client = Client(port, 0)
        for key in keys:
            token, verified = ledger.peers[key]
            self.assertEqual(client.call("GET", "/api/ice-servers", token=token)[0], 200 if verified else 403, key)
            # A token that is nobody's gets 401, one of a peer that waits 403, of another 400: the name is missing.
            self.assertEqual(client.call("POST", "/api/rename", {}, token)[0], 400 if verified else 403, key)
        client.close()

    def test_acknowledged_registrations_and_verifications_survive(self):
        seed = int(os.environ.get("ICEBOX_CRASH_SEED", random.randrange(1 << 32)))
        chance, numbers, ledger, rounds = random.Random(seed), itertools.count(), Ledger(), 0
        seen, faults = set(), []
        data = Icebox().data
        with self.subTest(seed=seed):
            while ledger.acknowledged < REGISTRATIONS or rounds < ROUNDS:
                server = Server(*SETTINGS, data=data)
                server.__enter__()
                port = server.port("tcp")
                self.assertEqual(ledger.check(os.path.join(data, "icebox.db")), [])
                old = chance.sample(sorted(seen), min(20, len(seen)))
                self.check_tokens(port, ledger, [*(ledger.peers.keys() - seen), *old])
                seen |= ledger.peers.keys()
                goal = ledger.acknowledged + chance.randrange(20, 2 * REGISTRATIONS // ROUNDS)
                lanes = [threading.Thread(target=self.lane, args=(port, ledger, numbers, faults)) for _ in range(LANES)]
                for lane in lanes:
                    lane.start()
                deadline = time.monotonic() + 30
                while ledger.acknowledged < goal and not faults:
                    self.assertLess(time.monotonic(), deadline, server.stderr())
                    time.sleep(0.001)
                time.sleep(chance.random() * 0.01)
                server.kill()
                for lane in lanes:
                    lane.join(15)
                self.assertEqual(faults, [])
                rounds += 1
            with Icebox(*SETTINGS, data=data) as server:
                self.assertEqual(ledger.check(os.path.join(data, "icebox.db")), [])
                self.check_tokens(server.port("tcp"), ledger, ledger.peers)
            print(f"{rounds} kills, {ledger.acknowledged} registrations and verifications acknowledged; "
                  f"{ledger.in_doubt} under way")
            self.assertGreater(ledger.in_doubt, 0, "no kill overtook a write: nothing was proved")


class LedgerNotices(unittest.TestCase):
    """What the test above goes by: each damage to a database in order is reported as what it is, and nothing else is."""

    def setUp(self):
        self.ledger = Ledger()
        with Server(*SETTINGS) as server:
            for number, user in enumerate(("ann", "bob", "eve")):
                client = Client(server.port("tcp"), number)
                self.ledger.register(client, (user, "first"), verified=True)
                self.ledger.register(client, (user, "second"), verified=False)
                if user != "eve":
                    self.ledger.verify(client, (user, "second"), by=(user, "first"))
                client.close()
            server.kill()
            self.file = os.path.join(server.data, "icebox.db")

    def check(self, damage=""):
        """Of a copy with that damage."""
        with tempfile.TemporaryDirectory(prefix="icebox-test-") as directory:
            copy = os.path.join(directory, "copy.db")
            with sqlite3.connect(self.file) as source, sqlite3.connect(copy) as database:
                source.backup(database)
                database.execute("PRAGMA foreign_keys = ON")
                database.executescript(damage)
                if damage:
                    self.assertGreater(database.execute("SELECT total_changes()").fetchone()[0], 0, damage)
            source.close()
            database.close()
            return self.ledger.check(copy)

    def peer(self, user, name):
        return f"(SELECT id FROM peers WHERE name = '{name}' AND account_id = (SELECT id FROM accounts WHERE name = '{user}'))"

    def test_every_damage_is_reported_as_what_it_is(self):
        ann, bob, eve = ((user, "second") for user in ("ann", "bob", "eve"))
        key = {"ann": self.peer(*ann), "bob": self.peer(*bob), "eve": self.peer(*eve)}
        self.assertEqual(self.check(), [])
        for damage, reported in (
            (f"DELETE FROM peers WHERE id = {key['ann']}", [f"{ann} was acknowledged and is gone"]),
            (f"DELETE FROM peers WHERE id = {key['eve']}", [f"{eve} was acknowledged and is gone"]),
            ("DELETE FROM accounts WHERE name = 'bob'",
             [f"{('bob', 'first')} was acknowledged and is gone", f"{bob} was acknowledged and is gone"]),
            ("DELETE FROM peers WHERE account_id = (SELECT id FROM accounts WHERE name = 'bob')",
             ["half a registration is there: bob",
              f"{('bob', 'first')} was acknowledged and is gone", f"{bob} was acknowledged and is gone"]),
            (f"UPDATE peers SET verified_at = NULL WHERE id = {key['bob']}", [f"{bob}: verified False, acknowledged True"]),
            (f"UPDATE peers SET verified_at = NULL WHERE id = {self.peer('eve', 'first')}",
             [f"{('eve', 'first')}: verified False, acknowledged True"]),
            (f"UPDATE peers SET verified_at = 1 WHERE id = {key['eve']}", [f"{eve}: verified True, acknowledged False"]),
            (f"DELETE FROM tokens WHERE peer_id = {key['ann']}", [f"{ann}: another token"]),
            (f"UPDATE tokens SET revoked_at = 1 WHERE peer_id = {key['ann']}", [f"{ann}: another token"]),
            (f"UPDATE tokens SET hash = zeroblob(32) WHERE peer_id = {key['ann']}", [f"{ann}: another token"]),
            (f"UPDATE peers SET name = 'third' WHERE id = {key['bob']}",
             [f"{bob} was acknowledged and is gone", f"{('bob', 'third')} is there and nobody asked for it"]),
            ("PRAGMA foreign_keys = OFF; DELETE FROM accounts WHERE name = 'eve'",
             ["('peers', 5, 'accounts', 0)", "('peers', 6, 'accounts', 0)",
              f"{('eve', 'first')} was acknowledged and is gone", f"{eve} was acknowledged and is gone"]),
        ):
            with self.subTest(damage):
                self.assertEqual(self.check(damage), reported)

    def test_what_was_under_way_may_be_there_or_not_and_stays_as_it_was_found(self):
        ann, eve = ("ann", "second"), ("eve", "second")
        self.ledger.registering |= {ann, ("ann", "third")}
        del self.ledger.peers[ann]
        self.ledger.verifying = {eve}
        self.assertEqual(self.check(f"DELETE FROM peers WHERE id = {self.peer(*ann)}"), [])
        self.assertEqual(self.check(), [])
        self.assertEqual(self.check(f"DELETE FROM tokens WHERE peer_id = {self.peer(*ann)}"), [f"{ann} has no token"])
        verify = f"UPDATE peers SET verified_at = 1 WHERE id = {self.peer(*eve)}"
        self.assertEqual(self.check(verify), [f"{eve}: verified True, acknowledged False"])  # it was found unverified above
        self.ledger.verifying = {eve}
        self.assertEqual(self.check(verify), [])
        self.assertEqual(self.check(), [f"{eve}: verified False, acknowledged True"])


if __name__ == "__main__":
    unittest.main()
