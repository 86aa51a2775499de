"""Holds a registry to what was acknowledged before its process was killed.

A writer (any program, over any interface) prints a line before each write and one after its acknowledgement:
    try USER invite INVITATION_HASH      an invitation that makes USER
    try USER redeem PEER TOKEN_HASH      it is redeemed: USER, a verified peer and its token
    try USER register PEER TOKEN_HASH    USER and an unverified peer with its token
    try USER verify | try USER rename NEW_NAME | try USER remove
    ack USER
with one write per user under way at a time. After a kill each user must be as its acknowledged writes left it, or
one write further: the one that was under way may have happened. The audit table must tell the same story.
"""
import contextlib
import os
import random
import sqlite3
import time

SCHEMA_WITH_REGISTRY = 3  # storage/migrations.cc; each step is a transaction of its own
REGISTRATIONS = ("redeem", "register", "verify")  # what the count of a crash test counts


class User:
    """What the ledger knows of one user and its peer."""

    def __init__(self):
        self.invitation = None  # (hash, used)
        self.peer = None        # (name, verified, token hash)
        self.audit = []

    def after(self, operation, *words):
        done = User()
        done.invitation, done.peer, done.audit = self.invitation, self.peer, list(self.audit)
        if operation == "invite":
            done.invitation = (words[0], False)
        elif operation == "redeem":
            done.invitation = (self.invitation[0], True)
            done.peer = (words[0], True, words[1])
        elif operation == "register":
            done.peer = (words[0], False, words[1])
        elif operation == "verify":
            done.peer = (self.peer[0], True, self.peer[2])
        elif operation == "rename":
            done.peer = (words[0], *self.peer[1:])
        elif operation == "remove":
            done.peer = None
        else:
            raise ValueError(operation)
        done.audit += {"invite": ["invitation.add"],
                       "redeem": ["account.add", "peer.add", "token.add", "invitation.redeem"],
                       "register": ["account.add", "peer.add", "token.add"]}.get(operation, [f"peer.{operation}"])
        return done

    def __eq__(self, other):
        return (self.invitation, self.peer, self.audit) == (other.invitation, other.peer, other.audit)

    def __repr__(self):
        return f"invitation {self.invitation} peer {self.peer} audit {self.audit}"


class Ledger:
    def __init__(self):
        self.users = {}
        self.under_way = {}
        self.acknowledged = 0    # writes
        self.registrations = 0   # of them, those of REGISTRATIONS
        self.in_doubt = 0        # writes that a kill overtook
        self.doubt_written = 0   # of them, those that had happened

    def read(self, line):
        word, name, *rest = line.split()
        if word == "try":
            assert name not in self.under_way, line
            self.under_way[name] = rest
        elif word == "ack":
            write = self.under_way.pop(name)
            self.users[name] = self.users.get(name, User()).after(*write)
            self.acknowledged += 1
            self.registrations += write[0] in REGISTRATIONS
        else:
            raise ValueError(line)

    def check(self, directory):
        """Fails with the difference, or takes over what a write under way has left."""
        stored = read_registry(os.path.join(directory, "icebox.db"))
        for name in stored.keys() - self.users.keys() - self.under_way.keys():
            raise AssertionError(f"{name} is in the registry, and nobody wrote it: {stored[name]}")
        for name, write in self.under_way.items():
            self.in_doubt += 1
            further = self.users.get(name, User()).after(*write)
            if stored.get(name, User()) == further:
                self.users[name] = further
                self.doubt_written += 1
        self.under_way.clear()
        for name, expected in self.users.items():
            found = stored.get(name, User())
            if found != expected:
                raise AssertionError(f"{name}: acknowledged was {expected}, stored is {found}")


def read_registry(file):
    """{user name: User}. Opening it as any program would replays the log."""
    users = {}
    with contextlib.closing(sqlite3.connect(file)) as database:
        for check, well in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            found = database.execute(f"PRAGMA {check}").fetchall()
            assert found == well, found
        if database.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_WITH_REGISTRY:
            return users  # killed while the database was made: there is no registry yet, so nobody is in it
        for subject, action in database.execute("SELECT subject, action FROM audit ORDER BY id"):
            users.setdefault(subject.partition("/")[0], User()).audit.append(action)
        for name, token, used in database.execute(
                "SELECT coalesce(account_name, name), lower(hex(hash)), used_at IS NOT NULL FROM tokens"
                " LEFT JOIN accounts ON accounts.id = account_id WHERE purpose = 'invitation'"):
            users.setdefault(name, User()).invitation = (token, bool(used))
        for name, *peer in database.execute(
                "SELECT accounts.name, peers.name, verified_at IS NOT NULL, lower(hex(hash)) FROM peers"
                " JOIN accounts ON accounts.id = peers.account_id LEFT JOIN tokens ON peer_id = peers.id"):
            users.setdefault(name, User()).peer = (peer[0], bool(peer[1]), peer[2])
    return users


def kill_and_check(start, directory, registrations, seed):
    """Starts a writer with start(round), kills it at a random moment, checks; again, until so many registrations and
    verifications were acknowledged. A writer has `stdout`, a binary pipe, and kill(), which ends it, and the server
    it writes to, by SIGKILL. Gives the ledger."""
    numbers = random.Random(seed)
    ledger = Ledger()
    rounds = 0
    while ledger.registrations < registrations:
        assert rounds < registrations, "the writers get nothing done"
        writer = start(rounds)
        for _ in range(numbers.randrange(120)):
            line = writer.stdout.readline()
            if not line:
                raise AssertionError("the writer ended by itself")
            ledger.read(line.decode())
        time.sleep(numbers.random() * 0.004)
        writer.kill()
        for line in writer.stdout.read().splitlines(keepends=True):
            if line.endswith(b"\n"):
                ledger.read(line.decode())
        ledger.check(directory)
        writer.stdout.close()
        rounds += 1
    ledger.rounds = rounds
    return ledger
