"""Registrations and verifications over HTTP, and a ledger that holds the database to those that were acknowledged."""
import hashlib
import http.client
import json
import sqlite3
import threading


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

    def close(self):
        self.connection.close()


class Ledger:
    """What was acknowledged, and what was under way when the server died."""

    def __init__(self):
        self.lock = threading.Lock()
        self.peers = {}          # (user, name) -> [token, verified]
        self.registering = set()  # (user, name)
        self.verifying = set()
        self.acknowledged = self.in_doubt = 0
        self.left = set()         # of registering, by earlier kills

    def register(self, client, key, verified):
        """Two peers of a user: the first is verified at once, the second waits."""
        status, answer = self._write(self.registering, key, lambda: client.call(
            "POST", "/api/register", {"user": key[0], "name": key[1]}))
        assert (status, answer["peer"]["verified"]) == (201, verified), (key, status, answer)
        self._acknowledge(self.registering, key, [answer["token"], verified])

    def verify(self, client, key, by):
        status, answer = self._write(self.verifying, key, lambda: client.call(
            "POST", "/api/verify", {"target": key[1]}, self.peers[by][0]))
        assert status == 204, (key, status, answer)
        self._acknowledge(self.verifying, key, [self.peers[key][0], True])

    def _write(self, under_way, key, work):
        with self.lock:
            under_way.add(key)
        return work()  # a dead server leaves it under way

    def _acknowledge(self, under_way, key, peer):
        with self.lock:
            under_way.remove(key)
            self.peers[key] = peer
            self.acknowledged += 1

    def check(self, file):
        """Every difference of the database from it, in words. Takes over what was under way."""
        stored, faults = read_peers(file)
        for key, peer in self.peers.items():
            token, verified = peer
            found = stored.pop(key, None)
            if not found:
                faults.append(f"{key} was acknowledged and is gone")
                continue
            if found[0] != hashlib.sha256(token.encode()).digest():
                faults.append(f"{key}: another token")
            if key in self.verifying and found[1]:
                peer[1] = True
            elif found[1] != verified:
                faults.append(f"{key}: verified {found[1]}, acknowledged {verified}")
        for key, (digest, _) in stored.items():
            if key not in self.registering:
                faults.append(f"{key} is there and nobody asked for it")
            elif not digest:
                faults.append(f"{key} has no token")
        self.in_doubt += len(self.registering - self.left) + len(self.verifying)
        self.left |= self.registering
        self.verifying.clear()
        return faults


def read_peers(file):
    """{(user, name): (hash of its token or b"", verified)}, and what is wrong whatever was acknowledged."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        faults = [str(row) for row in database.execute("PRAGMA integrity_check") if row != ("ok",)]
        faults += [str(row) for row in database.execute("PRAGMA foreign_key_check")]
        faults += [f"half a registration is there: {row[0]}" for row in database.execute(
            "SELECT name FROM accounts WHERE id NOT IN (SELECT account_id FROM peers)")]
        stored = {(user, name): (bytes(digest or b""), bool(verified)) for user, name, digest, verified in database.execute(
            "SELECT accounts.name, peers.name, hash, verified_at IS NOT NULL FROM peers JOIN accounts"
            " ON accounts.id = peers.account_id LEFT JOIN tokens ON peer_id = peers.id AND revoked_at IS NULL")}
    database.close()
    return stored, faults
