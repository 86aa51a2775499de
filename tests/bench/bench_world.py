"""icebox and the generator on the topology of bench/compare, for tests. Environment: LAB_ICEBOX, BENCH_LOAD."""

import contextlib
import os
import resource
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench/compare"))
import cases  # noqa: E402
import measure  # noqa: E402
import servers  # noqa: E402
import topology  # noqa: E402

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
ICEBOX = os.environ.get("LAB_ICEBOX", f"{ROOT}/build/release/icebox")
LOAD = os.environ.get("BENCH_LOAD", f"{ROOT}/build/release/bench/icebox_load")


class BenchTestCase(unittest.TestCase):
    """A topology and a Bench for the whole class."""

    @classmethod
    def setUpClass(cls):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        cls.net = cls.enterClassContext(topology.Topology())
        cls.bench = measure.Bench(cls.net, LOAD, rounds=1, seconds=2)

    @contextlib.contextmanager
    def icebox(self, guarded=False):
        with servers.running(servers.Icebox(ICEBOX), self.net, measure.SERVER_CORE, guarded) as process:
            yield process


def case(name, **changes):
    """The case of that name, at a rate that any machine can carry."""
    found = next(case for case in cases.CASES if case.name == name)
    return measure.dataclasses.replace(found, **changes)


def main():
    topology.lab.require_root()
    unittest.main()
