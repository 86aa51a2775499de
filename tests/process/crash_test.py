"""kill -9 at random moments during registrations and verifications: nothing acknowledged is lost (R4)."""
import os
import random
import sqlite3
import subprocess
import tempfile
import unittest

from registry_ledger import Ledger, kill_and_check

WRITER = os.path.abspath(os.environ.get("REGISTRY_WRITER", "build/release/tests/support/registry_writer"))
REGISTRATIONS = int(os.environ.get("ICEBOX_CRASH_REGISTRATIONS", "1000"))


class StorageWriter:
    """Writes through storage::Store, as the server does."""

    def __init__(self, directory, first, lanes):
        self.process = subprocess.Popen([WRITER, directory, str(first), str(lanes)], stdout=subprocess.PIPE)
        self.stdout = self.process.stdout

    def kill(self):
        self.process.kill()
        self.process.wait(10)


class Crash(unittest.TestCase):
    def test_acknowledged_registrations_survive(self):
        seed = int(os.environ.get("ICEBOX_CRASH_SEED", random.randrange(1 << 32)))
        lanes = random.Random(seed)
        with tempfile.TemporaryDirectory(prefix="icebox-test-") as directory, self.subTest(seed=seed):
            ledger = kill_and_check(
                lambda number: StorageWriter(directory, number * 10_000, lanes.choice((1, 4, 16))),
                directory, REGISTRATIONS, seed)
            print(f"{ledger.rounds} kills, {ledger.acknowledged} writes acknowledged, {ledger.registrations} of them "
                  f"registrations and verifications; {ledger.in_doubt} under way, {ledger.doubt_written} of those written")
            self.assertGreater(ledger.in_doubt, 0, "no kill overtook a write: nothing was proved")

    def test_killed_before_its_first_table_it_has_lost_nothing_unless_something_was_acknowledged(self):
        with tempfile.TemporaryDirectory(prefix="icebox-test-") as directory:
            ledger = Ledger()
            ledger.check(directory)
            ledger.read("try ann register laptop 00")
            ledger.check(directory)
            ledger.read("try ann register laptop 00")
            ledger.read("ack ann")
            with self.assertRaises(AssertionError):
                ledger.check(directory)

    def test_the_ledger_notices_what_is_missing_changed_or_too_much(self):
        for damage in (
            "DELETE FROM peers WHERE account_id = (SELECT id FROM accounts WHERE name = '{user}')",
            "DELETE FROM tokens WHERE purpose = 'peer'",
            "UPDATE peers SET name = 'other'",
            "UPDATE peers SET verified_at = CASE WHEN verified_at IS NULL THEN 1 END",
            "UPDATE tokens SET used_at = NULL",
            "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)",
            "INSERT INTO accounts (name, created_at) VALUES ('x', 1); "
            "INSERT INTO audit (at, actor, action, subject, detail) VALUES (1, 'x', 'account.add', 'x', '')",
        ):
            with tempfile.TemporaryDirectory(prefix="icebox-test-") as directory, self.subTest(damage):
                ledger = kill_and_check(lambda number: StorageWriter(directory, number * 10_000, 4), directory, 30, 1)
                ledger.check(directory)
                user = next(name for name, user in ledger.users.items() if user.peer)
                with sqlite3.connect(os.path.join(directory, "icebox.db")) as database:
                    database.executescript(damage.format(user=user))
                database.close()
                with self.assertRaises(AssertionError):
                    ledger.check(directory)


if __name__ == "__main__":
    unittest.main()
