#!/usr/bin/python3
"""Proves that the lab's NATs behave as their names say, and that nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import lab

# How long silence must last to count as a dropped packet. Inside one kernel a packet takes microseconds.
SILENCE_SECONDS = 0.3
DUPLICATE_ADDRESS_DETECTION_SECONDS = 3  # a random delay of at most 1 s, 1 s for an answer (RFC 4862 section 5.4)


class NatTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(lab.Lab(clients={
            "plain": "masquerade", "symmetric": "symmetric", "tcp": "tcp-only", "blocked": "udp-blocked",
            "open": "direct"}))

    def listener(self, host, port, kind=socket.SOCK_DGRAM, family=socket.AF_INET):
        bound = self.net.host(host).socket(family, kind)
        self.addCleanup(bound.close)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
        if kind == socket.SOCK_STREAM:
            bound.listen()
        return bound

    def connect(self, host, address, port, timeout=5.0):
        stream = self.net.host(host).socket(kind=socket.SOCK_STREAM, timeout=timeout)
        self.addCleanup(stream.close)
        stream.connect((address, port))

    def mappings(self, client):
        """The external address of one client socket as four destinations see it."""
        sender = self.listener(client, 0)
        seen = []
        for host in ("server", "peer"):
            for port in (3478, 3479):
                receiver = self.listener(host, port)
                sender.sendto(b"where am I", (self.net.host(host).ipv4, port))
                seen.append(receiver.recvfrom(64)[1])
                receiver.sendto(b"there", seen[-1])
                self.assertEqual(sender.recvfrom(64)[0], b"there")
        return seen

    def test_masquerade_keeps_one_mapping_for_every_destination(self):
        seen = self.mappings("plain")
        self.assertEqual({address for address, _ in seen}, {self.net.host("plain").external_ipv4})
        self.assertEqual(len({port for _, port in seen}), 1, seen)

    def test_symmetric_maps_anew_for_every_destination(self):
        seen = self.mappings("symmetric")
        self.assertEqual({address for address, _ in seen}, {self.net.host("symmetric").external_ipv4})
        self.assertEqual(len({port for _, port in seen}), len(seen), seen)

    def test_a_stranger_cannot_reach_a_mapping(self):
        for client in ("plain", "symmetric"):
            sender, server = self.listener(client, 0), self.listener("server", 3478)
            stranger = self.listener("peer", 4000)
            sender.sendto(b"opens the mapping", (self.net.host("server").ipv4, 3478))
            mapping = server.recvfrom(64)[1]
            stranger.sendto(b"unasked", mapping)
            sender.settimeout(SILENCE_SECONDS)
            with self.assertRaises(TimeoutError, msg=client):
                sender.recvfrom(64)

    def test_udp_blocked_and_tcp_only_drop_udp_to_every_port(self):
        for client in ("blocked", "tcp"):
            sender = self.listener(client, 0)
            for port in (53, 443, 3478):
                receiver = self.listener("server", port)
                receiver.settimeout(SILENCE_SECONDS)
                sender.sendto(b"never arrives", (self.net.host("server").ipv4, port))
                with self.assertRaises(TimeoutError, msg=f"UDP port {port} from {client}"):
                    receiver.recvfrom(64)
                receiver.close()

    def test_tcp_only_lets_tcp_out_to_every_port(self):
        for port in (443, 3478):
            self.listener("server", port, socket.SOCK_STREAM)
            self.connect("tcp", self.net.host("server").ipv4, port)

    def test_udp_blocked_lets_only_tcp_443_out(self):
        self.listener("server", 443, socket.SOCK_STREAM)
        self.listener("server", 3478, socket.SOCK_STREAM)
        address = self.net.host("server").ipv4
        self.connect("blocked", address, 443)
        with self.assertRaises(TimeoutError):
            self.connect("blocked", address, 3478, SILENCE_SECONDS)

    def test_ipv6_reaches_the_server_from_the_open_client(self):
        receiver, sender = (self.listener(host, port, family=socket.AF_INET6) for host, port in
                            (("server", 3478), ("open", 0)))
        sender.sendto(b"six", (self.net.host("server").ipv6, 3478))
        data, address = receiver.recvfrom(64)[:2]
        self.assertEqual((data, address[0]), (b"six", self.net.host("open").ipv6))

    def test_every_host_has_its_own_loopback(self):
        for host in self.net.hosts:
            receiver, sender = self.listener(host, 9), self.listener(host, 0)
            sender.sendto(host.encode(), ("127.0.0.1", 9))
            self.assertEqual(receiver.recvfrom(64)[0], host.encode())

    def test_hosts_find_each_other_by_name(self):
        for host in ("plain", "blocked", "open"):
            found = self.net.host(host).run(["getent", "ahostsv4", self.net.host("server").domain_name], timeout=5)
            self.assertIn(self.net.host("server").ipv4, found[1])

    def test_nothing_leaves_the_lab(self):
        for host in ("server", "peer", "open", "plain"):
            with self.assertRaises(OSError, msg=host):
                self.connect(host, "192.0.2.1", 80, SILENCE_SECONDS)
        links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
        for interface in ("segment", "wan@", "lan@", "port10@"):
            self.assertNotIn(interface, links, "a lab interface stands in the machine's own namespace")


class SettledTest(unittest.TestCase):
    """Chromium aborts what it loads when an address of its host changes (net::ERR_NETWORK_CHANGED)."""

    def test_no_address_or_link_changes_once_the_lab_is_there(self):
        with lab.Lab(clients={"left": "symmetric", "open": "direct"}) as net:
            monitors = {name: host.start(["ip", "monitor", "address", "link"]) for name, host in net.hosts.items()}
            time.sleep(DUPLICATE_ADDRESS_DETECTION_SECONDS)  # that nothing comes can only be waited for
            self.assertEqual({name: monitor.output() for name, monitor in monitors.items()}, dict.fromkeys(monitors, ""))


class CleanUpTest(unittest.TestCase):
    def start_lab(self):
        """Another process with a lab of its own and a program in it; returns (process, name prefix)."""
        code = ("import lab, time\n"
                "with lab.Lab() as net:\n"
                "  net.host('server').start(['sh', '-c', 'echo up; exec sleep 1000']).wait_for_line('up', 5)\n"
                "  print(net.prefix, flush=True)\n"
                "  time.sleep(1000)\n")
        other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True,
                                 cwd=os.path.dirname(os.path.abspath(__file__)))
        self.addCleanup(other.stdout.close)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        return other, other.stdout.readline().strip()

    def assert_nothing_left(self, prefix):
        self.assertTrue(prefix.startswith("iceboxlab-"), prefix)
        for folder in ("/run/netns", "/etc/netns", tempfile.gettempdir()):
            self.assertEqual([name for name in os.listdir(folder) if name.startswith(prefix)], [], folder)

    def test_a_signal_cleans_up(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            other, prefix = self.start_lab()
            other.send_signal(number)
            self.assertEqual(other.wait(20), 128 + number)
            self.assert_nothing_left(prefix)

    def test_an_exception_cleans_up(self):
        with self.assertRaises(ZeroDivisionError), lab.Lab() as net:
            prefix = net.prefix
            1 / 0
        self.assert_nothing_left(prefix)

    def test_the_next_lab_removes_what_a_killed_one_left(self):
        other, prefix = self.start_lab()
        with open(f"/proc/{other.pid}/task/{other.pid}/children", encoding="ascii") as children:
            child = int(children.read().split()[0])
        other.kill()
        other.wait()
        self.assertIn(f"{prefix}-server", os.listdir("/run/netns"))
        deadline = time.monotonic() + 5
        while lab._started_at(child) and time.monotonic() < deadline:  # it dies with its parent, soon
            time.sleep(0.02)
        self.assertIsNone(lab._started_at(child), "a program of the killed lab is still running")
        lab.remove_leftovers()
        self.assert_nothing_left(prefix)

    def test_a_running_lab_is_left_alone(self):
        _, prefix = self.start_lab()
        lab.remove_leftovers()
        self.assertIn(f"{prefix}-server", os.listdir("/run/netns"))


if __name__ == "__main__":
    lab.require_root()
    unittest.main(verbosity=2)
