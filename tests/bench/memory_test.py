"""Memory bounds that hold on every machine: targets U9 and U10 of docs/performance.md."""

import bench_world
from bench_world import case

KIB = 1024


class MemoryTest(bench_world.BenchTestCase):
    def test_a_million_spoofed_requests_leave_nothing_behind(self):
        with self.icebox(guarded=True) as process:
            result = self.bench.load(case("U10"), watched=process.pid)
        self.assertEqual(result["requests"], 1_000_000)
        # Were they not answered, nothing would be proved. A third are Bindings.
        self.assertGreater(result["bindings_answered"], 300_000, result)
        self.assertGreater(result["allocates_challenged"], 600_000, result)
        grown_kib = result["server"]["rss_after_kib"] - result["server"]["rss_before_kib"]
        self.assertLessEqual(grown_kib, 1 * KIB, result)

    def test_an_idle_allocation_takes_two_kilobytes_at_most(self):
        count = 4000
        with self.icebox() as process:
            result = self.bench.load(case("U9", arguments=("--allocations", count)), watched=process.pid)
        grown_kib = result["server"]["rss_after_kib"] - result["server"]["rss_before_kib"]
        self.assertLessEqual(grown_kib * KIB / count, 2000, result)


if __name__ == "__main__":
    bench_world.main()
