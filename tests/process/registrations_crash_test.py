"""kill -9 of the running server during 1000 registrations and verifications over HTTP: nothing acknowledged is lost (R4)."""
import hashlib
import http.client
import itertools
import json
import os
import random
import sqlite3
import threading
import time
import unittest

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


class Client:
    """One keep-alive connection. Its own source, since registrations of one are few: 127.1.0.0 to 127.255.255.255."""

    def __init__(self, port, number):
        source = f"127.{1 + (number >> 16) % 255}.{number >> 8 & 255}.{number & 255}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=(source, 0))

    def call(self, method, path, body=None, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None


class Ledger:
    """What was acknowledged, and what was under way when the server died."""

    def __init__(self):
        self.lock = threading.Lock()
        self.peers = {}          # (user, name) -> [token, verified]
        self.registering = set()  # (user, name)
        self.verifying = set()
        self.acknowledged = self.in_doubt = 0
        self.left = set()         # of registering, by earlier kills
        self.faults = []

    def write(self, under_way, key, work, acknowledge):
        with self.lock:
            under_way.add(key)
        status, answer = work()  # a dead server leaves it under way
        with self.lock:
            under_way.remove(key)
            acknowledge(status, answer)
            self.acknowledged += 1

    def registered(self, key, verified):
        def acknowledge(status, answer):
            assert (status, answer["peer"]["verified"]) == (201, verified), (key, status, answer)
            self.peers[key] = [answer["token"], verified]
        return acknowledge

    def verified(self, key):
        def acknowledge(status, answer):
            assert status == 204, (key, status, answer)
            self.peers[key][1] = True
        return acknowledge

    def check(self, file):
        """Holds the database to it and takes over what was under way."""
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            stored = {(user, name): (bytes(digest or b""), verified) for user, name, digest, verified in database.execute(
                "SELECT accounts.name, peers.name, hash, verified_at IS NOT NULL FROM peers"
                " JOIN accounts ON accounts.id = peers.account_id LEFT JOIN tokens ON peer_id = peers.id")}
            empty = database.execute("SELECT count(*) FROM accounts WHERE id NOT IN (SELECT account_id FROM peers)").fetchone()
        database.close()
        assert empty == (0,), "half a registration is there"
        for key, (token, verified) in self.peers.items():
            found = stored.pop(key, None)
            assert found, f"{key} was acknowledged and is gone"
            assert found[0] == hashlib.sha256(token.encode()).digest(), f"{key}: another token"
            if key in self.verifying and found[1]:
                self.peers[key][1] = True
            else:
                assert found[1] == verified, f"{key}: verified {found[1]}, acknowledged {verified}"
        for key in stored:
            assert key in self.registering, f"{key} is there and nobody asked for it"
            assert stored[key][0], f"{key} has no token"
        self.in_doubt += len(self.registering - self.left) + len(self.verifying)
        self.left |= self.registering
        self.verifying.clear()


class RegistrationsCrash(unittest.TestCase):
    def lane(self, port, ledger, numbers):
        """Two peers of a user, the second verified by the first, until the server is gone."""
        try:
            while True:
                number = next(numbers)
                client, user = Client(port, number), f"user{number}"
                first, second = (user, "first"), (user, "second")
                for key, verified in ((first, True), (second, False)):
                    ledger.write(ledger.registering, key,
                                 lambda: client.call("POST", "/api/register", {"user": user, "name": key[1]}),
                                 ledger.registered(key, verified))
                ledger.write(ledger.verifying, second,
                             lambda: client.call("POST", "/api/verify", {"target": "second"}, ledger.peers[first][0]),
                             ledger.verified(second))
                client.connection.close()
        except (OSError, http.client.HTTPException):
            pass  # killed
        except Exception as fault:
            ledger.faults.append(repr(fault))

    def check_tokens(self, port, ledger, keys):
        client = Client(port, 0)
        for key in keys:
            token, verified = ledger.peers[key]
            self.assertEqual(client.call("GET", "/api/ice-servers", token=token)[0], 200 if verified else 401, key)
            # A token that is nobody's gets 401, one of a peer that waits 403, of another 400: the name is missing.
            self.assertEqual(client.call("POST", "/api/rename", {}, token)[0], 400 if verified else 403, key)
        client.connection.close()

    def test_acknowledged_registrations_and_verifications_survive(self):
        seed = int(os.environ.get("ICEBOX_CRASH_SEED", random.randrange(1 << 32)))
        chance, numbers, ledger, rounds, seen = random.Random(seed), itertools.count(), Ledger(), 0, set()
        data = Icebox().data
        with self.subTest(seed=seed):
            while ledger.acknowledged < REGISTRATIONS or rounds < ROUNDS:
                server = Server(*SETTINGS, data=data)
                server.__enter__()
                port = server.port("tcp")
                ledger.check(os.path.join(data, "icebox.db"))
                old = chance.sample(sorted(seen), min(20, len(seen)))
                self.check_tokens(port, ledger, [*(ledger.peers.keys() - seen), *old])
                seen |= ledger.peers.keys()
                goal = ledger.acknowledged + chance.randrange(20, 2 * REGISTRATIONS // ROUNDS)
                lanes = [threading.Thread(target=self.lane, args=(port, ledger, numbers)) for _ in range(LANES)]
                for lane in lanes:
                    lane.start()
                deadline = time.monotonic() + 30
                while ledger.acknowledged < goal and not ledger.faults:
                    self.assertLess(time.monotonic(), deadline, server.stderr())
                    time.sleep(0.001)
                time.sleep(chance.random() * 0.01)
                server.kill()
                for lane in lanes:
                    lane.join(15)
                self.assertEqual(ledger.faults, [])
                rounds += 1
            with Icebox(*SETTINGS, data=data) as server:
                ledger.check(os.path.join(data, "icebox.db"))
                self.check_tokens(server.port("tcp"), ledger, ledger.peers)
            print(f"{rounds} kills, {ledger.acknowledged} registrations and verifications acknowledged; "
                  f"{ledger.in_doubt} under way")
            self.assertGreater(ledger.in_doubt, 0, "no kill overtook a write: nothing was proved")


if __name__ == "__main__":
    unittest.main()
