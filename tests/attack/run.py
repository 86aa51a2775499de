#!/usr/bin/python3
"""Attacks the running program over one transport:  run.py udp|tcp|tls|dtls [WORD...]   (README.md lists them)

Only tests whose name contains one of the WORDs, if any are given. LAB_ICEBOX names the program.
"""

import importlib
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world

EVERY_TRANSPORT = ("proxy_attacks", "login_attacks", "octet_attacks", "flood_attacks")
MORE = {"udp": ("datagram_attacks",), "dtls": ("dtls_attacks",), "tcp": ("stream_attacks", "http_attacks"),
        "tls": ("stream_attacks", "http_attacks", "hub_attacks", "tls_attacks", "identity_attacks")}


class Timed(unittest.TextTestResult):
    """Says how long each test took, where that is long."""

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        if (seconds := time.monotonic() - self.started) > 1:
            self.stream.writeln(f"    {seconds:.1f} s")


def tests_of(suite):
    for part in suite:
        yield from tests_of(part) if isinstance(part, unittest.TestSuite) else (part,)


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in MORE:
        sys.exit(__doc__)
    world.lab.require_root()
    transport, words = sys.argv[1], sys.argv[2:]
    suite = unittest.TestSuite()
    for module in EVERY_TRANSPORT + MORE[transport]:
        for test in tests_of(unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(module))):
            if not words or any(word in test.id() for word in words):
                suite.addTest(test)
    if not suite.countTestCases():
        sys.exit(f"no test's name contains {' or '.join(words)}")
    with world.lab.Lab(clients={name: "direct" for name in world.DIRECT}) as net:
        there = world.World(net, transport)
        result = unittest.TextTestRunner(verbosity=2, resultclass=Timed).run(suite)
        troubles = there.stop()
        if not result.wasSuccessful():
            for target in there.targets.values():
                troubles.append(f"--- log of {target.host.name}\n{target.server.process.tail(20)}")
    for trouble in troubles:
        print(trouble)
    return 0 if result.wasSuccessful() and not troubles else 1


if __name__ == "__main__":
    sys.exit(main())
