"""Every message that clients of a hub send comes out, once, whole and in order."""

import json
import os
import subprocess
import sys
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
sys.path.insert(0, f"{ROOT}/tests/process")
from icebox_process import Icebox  # noqa: E402

LOAD = os.path.abspath(os.environ.get("BENCH_LOAD", f"{ROOT}/build/release/bench/icebox_load"))
CLIENTS = 100
RATE = 1000  # messages a second: also a machine under load loses none
SETTINGS = ("limits.connections_per_source=1000", "limits.http_requests_per_second=10000")


class HubLoadTest(unittest.TestCase):
    def setUp(self):
        self.icebox = Icebox(*SETTINGS)
        self.tokens = os.path.join(self.icebox.directory, "tokens")
        self.load("hub-accounts", "--data", self.icebox.data, "--tokens", self.tokens, "--clients", CLIENTS)
        self.icebox.__enter__()
        self.addCleanup(self.icebox.__exit__)

    def load(self, mode, *arguments, site=()):
        argv = [LOAD, *map(str, site), mode, *map(str, arguments)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=100, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout else None

    def run_load(self, mode, *arguments):
        site = ("--server", f"127.0.0.1:{self.icebox.port('tcp')}", "--watch", self.icebox.process.pid)
        return self.load(mode, "--tokens", self.tokens, "--clients", CLIENTS, *arguments, site=site)

    def relay(self, *arguments, rate=RATE):
        result = self.run_load("hub-relay", "--rate", rate, "--seconds", 2, *arguments)
        self.assert_complete(result)
        self.assertGreaterEqual(result["sent"], rate * 2 * 0.99)
        latency = result["latency_us"]
        self.assertTrue(0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["max"], latency)
        self.assertGreater(result["server"]["cpu_us"], 0)
        return result

    def assert_complete(self, result):
        faults = ("lost", "duplicates", "reordered", "misdelivered", "corrupt", "refused", "disconnected")
        wrong = {name: result[name] for name in faults}
        self.assertEqual(wrong, dict.fromkeys(wrong, 0), result)
        self.assertEqual(result["delivered"], result["sent"])

    def test_messages(self):
        self.relay("--warm-up", 0.5)

    def test_messages_that_are_confirmed(self):
        self.relay("--confirm")

    def test_messages_of_sixty_kilobytes_from_several_addresses(self):
        self.relay("--payload", 60000, "--sources", 5, rate=100)

    def test_messages_of_peerjs(self):
        self.relay("--dialect", "peerjs", "--path", "/peerjs")

    def test_clients_that_only_wait_stay(self):
        result = self.run_load("hub-idle", "--seconds", 1)
        self.assertEqual((result["clients"], result["disconnected"]), (CLIENTS - 2, 0), result)
        self.assertGreater(result["server"]["rss_after_kib"], 0)

    def test_all_cut_at_once_resume_and_lose_nothing(self):
        result = self.run_load("hub-reconnect", "--rate", RATE, "--seconds", 2, "--window", CLIENTS)
        self.assertEqual((result["attached"], result["resumed"]), (CLIENTS, CLIENTS), result)
        self.assertGreater(result["all_attached_seconds"], 0)
        faults = ("lost", "duplicates", "reordered", "misdelivered", "corrupt", "refused", "unaccepted")
        self.assertEqual({name: result[name] for name in faults}, dict.fromkeys(faults, 0), result)
        self.assertGreater(result["sent_again"], 0)  # else the cut fell into a pause, and proved little

    def test_a_client_without_a_token_is_told_why(self):
        with open(self.tokens, "w", encoding="utf-8") as file:
            file.write("ibx_wrong\n" * CLIENTS)
        with self.assertRaisesRegex(AssertionError, "the server answered the handshake with: HTTP/1.1 401"):
            self.run_load("hub-relay", "--window", 1)  # who tries many tokens is told 429 instead


if __name__ == "__main__":
    unittest.main()
