"""Which families a listener on [::] takes: both, over UDP and TCP alike, unless IPv4 has a listener of its own there."""
import json
import re
import socket
import unittest

from icebox_process import Icebox
from loopback_turn import client

SCHEMES = ("udp", "tcp", "tls")


def free_port():
    """Free for both protocols at this moment."""
    while True:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_INET6) as tcp:
            udp.bind(("::", 0))
            try:
                tcp.bind(("::", udp.getsockname()[1]))
            except OSError:
                continue
            return udp.getsockname()[1]


def answers(icebox, scheme, host, port):
    """A 401: the server that listens there speaks TURN."""
    try:
        turn = client(icebox, "nobody", "x", scheme, host, port)
    except OSError:
        return False
    turn.wire.timeout = 1
    try:
        return turn.challenge().code == 401
    finally:
        turn.wire.close()


class Families(unittest.TestCase):
    def listening_on(self, *listen):
        return Icebox(listen=json.dumps(listen))

    def test_the_wildcard_takes_both(self):
        for scheme in SCHEMES:
            with self.subTest(scheme), self.listening_on(f"{scheme}://[::]:0") as icebox:
                banner = "".join(icebox.banner)
                port = int(re.search(rf"^  {scheme} \[::\]:(\d+)", banner, re.M).group(1))
                for host in ("127.0.0.1", "::1"):
                    self.assertTrue(answers(icebox, scheme, host, port), (host, banner))

    def test_each_family_may_have_a_listener_of_its_own(self):
        for scheme in SCHEMES:
            for order in (1, -1):
                port = free_port()
                listen = [f"{scheme}://0.0.0.0:{port}", f"{scheme}://[::]:{port}"][::order]
                with self.subTest(listen=listen), self.listening_on(*listen) as icebox:
                    for host in ("127.0.0.1", "::1"):
                        self.assertTrue(answers(icebox, scheme, host, port), host)

    def test_beside_one_ipv4_address_the_wildcard_takes_ipv6_only(self):
        for scheme in SCHEMES:
            port = free_port()
            with self.subTest(scheme), self.listening_on(f"{scheme}://127.0.0.2:{port}", f"{scheme}://[::]:{port}") as icebox:
                self.assertTrue(answers(icebox, scheme, "::1", port))
                self.assertTrue(answers(icebox, scheme, "127.0.0.2", port))
                self.assertFalse(answers(icebox, scheme, "127.0.0.1", port))


if __name__ == "__main__":
    unittest.main()
