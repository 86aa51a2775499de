"""Every packet that the generator sends comes out, once, whole, in order and at the right socket."""

import subprocess
import unittest.mock

import bench_world
from bench_world import case

RATE = 4000  # packets a second: also a machine under load loses none
FIELDS = {"mode", "seconds", "sent", "refused", "delivered", "lost", "duplicates", "reordered", "misdelivered",
          "corrupt", "latency_us", "lag_us", "server", "drops"}


class RelayTest(bench_world.BenchTestCase):
    def relay(self, name, *more, **changes):
        with self.icebox() as process:
            result = self.bench.load(case(name, rate=RATE, **changes), watched=process.pid, more=more)
        self.assertEqual(set(result), FIELDS)
        self.assert_complete(result)
        self.assertGreater(result["server"]["cpu_us"], 0)
        return result

    def assert_complete(self, result):
        wrong = {name: result[name] for name in ("lost", "duplicates", "reordered", "misdelivered", "corrupt", "refused")}
        self.assertEqual(wrong, dict.fromkeys(wrong, 0), f"drops: {result['drops']}")
        self.assertEqual(result["delivered"], result["sent"])
        self.assertGreaterEqual(result["sent"], RATE * self.bench.seconds * 0.99)
        latency = result["latency_us"]
        self.assertTrue(0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["max"], latency)

    def test_bursts_to_one_peer(self):
        self.relay("U1")

    def test_many_allocations_both_ways(self):
        self.relay("U2", arguments=("--allocations", 100, "--peers", 3, "--burst", 1, "--payload", 160))

    def test_large_packets(self):
        self.relay("U3")

    def test_bursts_of_packets_larger_than_the_link_to_the_peer(self):
        """They cannot travel as one: each is fragmented."""
        link = ("ip", "-n", self.net.host("server").netns, "link", "set", "to-peers", "mtu")
        subprocess.run([*link, "900"], check=True)
        self.addCleanup(subprocess.run, [*link, "1500"], check=True)
        self.relay("U3", "--direction", "to-peer")

    def test_relay_to_relay(self):
        self.relay("U4")

    def test_indications(self):
        self.relay("U5")

    def test_from_peers_only(self):
        self.relay("U1", "--direction", "from-peer",
                   arguments=("--allocations", 5, "--peers", 2, "--burst", 3, "--payload", 25))

    def test_a_warm_up_does_not_count(self):
        self.relay("U1", "--warm-up", 1)

    def test_without_a_relay(self):
        self.assert_complete(self.bench.load(case("U2", rate=RATE), direct=True))

    def test_cycles(self):
        with self.icebox() as process:
            result = self.bench.load(case("U8", rate=100), watched=process.pid)
        self.assertEqual((result["begun"], result["completed"], result["failed"]), (200, 200, 0))
        self.assertGreater(result["server"]["cpu_us"], 0)

    def test_a_wrong_password_is_said(self):
        with self.icebox(), unittest.mock.patch.object(bench_world.servers, "PASSWORD", "guess"):
            with self.assertRaisesRegex(RuntimeError, "the server answered Allocate with error 401"):
                self.bench.load(case("U1"))


if __name__ == "__main__":
    bench_world.main()
