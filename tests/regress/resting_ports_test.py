"""Ports rested for 30 s after use on nobody's account: one user took all of them by Allocate and Refresh 0 in turn,
whatever the quota, and a socket each time with EVEN-PORT; and where all ports of a small range rested, everybody got 508
although nobody was there. Reservations that nobody claimed stayed for ever on an idle server."""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "process"))
from icebox_process import Icebox
from loopback_turn import client, wait_until

USERS = 'auth.users={alice="correct horse", bob="hunter22 hunter22"}'
REST_SECONDS = 30


def reserving(message):
    return message.add("EVEN-PORT", b"\x80")


class RestingPorts(unittest.TestCase):
    def churn(self, icebox, turns, fill=None):
        one = client(icebox, "alice", "correct horse")
        codes = []
        for _ in range(turns):
            codes.append(one.allocate(fill).code)
            if codes[-1] == 200:
                self.assertEqual(one.refresh(0).code, 200)
        return codes

    def test_few_ports_serve_whoever_comes(self):
        with Icebox(USERS, 'relay.ports="61960-61979"') as icebox:
            clients = [client(icebox, "alice", "correct horse") for _ in range(20)]
            for _ in range(3):
                self.assertEqual([one.allocate().code for one in clients], [200] * 20)
                self.assertEqual(client(icebox, "bob", "hunter22 hunter22").allocate().code, 508)
                self.assertEqual([one.refresh(0).code for one in clients], [200] * 20)

    def test_who_allocates_and_releases_in_turn_is_stopped_by_the_quota(self):
        with Icebox(USERS, "relay.allocations_per_user=5", 'relay.ports="61960-61979"') as icebox:
            self.assertEqual(self.churn(icebox, 30), [200] * 5 + [486] * 25)
            self.assertEqual(client(icebox, "bob", "hunter22 hunter22").allocate().code, 200)

    def test_reservations_count_and_end_on_an_idle_server(self):
        with Icebox(USERS, "relay.allocations_per_user=6") as icebox:
            def descriptors():
                return len(os.listdir(f"/proc/{icebox.process.pid}/fd"))
            self.assertEqual(client(icebox, "bob", "hunter22 hunter22").challenge().code, 401)
            before, started = descriptors(), time.monotonic()
            codes = self.churn(icebox, 10, reserving)
            self.assertEqual(codes, [200] * 3 + [486] * 7)  # each takes two places, of which the released one rests
            self.assertEqual(descriptors(), before + 3)
            self.assertTrue(wait_until(lambda: descriptors() == before, REST_SECONDS + 5), "sockets are left")
            self.assertGreater(time.monotonic() - started, REST_SECONDS - 2)


if __name__ == "__main__":
    unittest.main()
