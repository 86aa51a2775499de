#!/usr/bin/python3
"""The server's host gets addresses late, gets more of them, loses them, or has IPv6 alone; its certificate is replaced."""

import contextlib
import json
import os
import re
import resource
import socket
import subprocess
import time
import unittest

import lab
import turn_client
import turn_server

USER, PASSWORD = "alice", "correct horse"
LATE, OTHER = "203.0.113.77", "203.0.113.78"
PUBLIC = "9.9.8.7"  # to the peer policy; nothing leaves the lab
PORT = 3478
BINARY = os.path.abspath(os.environ.get("LAB_ICEBOX", "build/release/icebox"))


def wait_until(holds, seconds=15):
    deadline = time.monotonic() + seconds
    while not (result := holds()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return result


class Addresses(unittest.TestCase):
    def setUp(self):
        self.net = self.enterContext(lab.Lab(clients={"client": "direct"}))
        self.server = self.net.host("server")

    def ip(self, *words):
        subprocess.run(["ip", "-n", self.server.netns, *words], check=True)

    def take_network_away(self):
        self.ip("addr", "flush", "dev", "eth0")

    def give(self, address):
        self.ip("addr", "add", address + ("/64" if ":" in address else "/24"), "dev", "eth0",
                *(["nodad"] if ":" in address else []))
        self.ip("-6" if ":" in address else "-4", "route", "replace", "default", "dev", "eth0")

    def command(self, *words):
        return self.server.run([BINARY, *words, "--data", self.data], 20)

    def start(self, listen=("udp://[::]:3478", "tcp://[::]:3478"), **settings):
        self.data = os.path.join(self.net.directory, "data")
        settings = {"listen": json.dumps(listen), "realm": "lab.example.org", "workers": "1",
                    "auth.users": f'{{{USER}="{PASSWORD}"}}', "metrics.listen": "127.0.0.1:9641",
                    **{key.replace("__", "."): value for key, value in settings.items()}}
        arguments = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        self.icebox = self.server.start([BINARY, "serve", "--data", self.data, *arguments])
        self.icebox.wait_for_line("^ready$", 20)

    def client(self, address):
        wire = turn_client.connect("udp", self.net.host("client"), (address, PORT))
        self.addCleanup(wire.close)
        return turn_client.TurnClient(wire, USER, PASSWORD)

    def ready(self):
        with contextlib.closing(self.server.socket(kind=socket.SOCK_STREAM)) as connection:
            connection.connect(("127.0.0.1", 9641))
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n")
            return int(connection.recv(65536).split()[1])

    def log(self):
        return self.icebox.output()

    def test_started_before_the_network_it_relays_once_the_address_has_come(self):
        self.take_network_away()
        self.start()
        self.assertIn("no address to relay from yet", self.log())
        self.assertNotRegex(self.log(), r"turns?:(127|\[::1|0\.0)")
        self.assertEqual(self.ready(), 503)
        self.give(LATE)
        self.assertTrue(wait_until(lambda: self.ready() == 200), self.log())
        client = self.client(LATE)
        self.assertEqual(client.allocate().code, 200, self.log())
        self.assertEqual(client.relayed[0][0], LATE)
        self.assertRegex(self.log(), rf"host_addresses.*came=\S*{LATE}")

    def test_an_address_that_comes_later_is_ones_own_at_once(self):
        self.start()
        client = self.client(self.server.ipv4)
        self.assertEqual(client.allocate().code, 200)
        self.assertEqual(client.permit((PUBLIC, 9)).code, 200)  # as yet some peer's
        self.ip("addr", "add", PUBLIC, "dev", "eth0")
        self.assertTrue(wait_until(lambda: client.permit((PUBLIC, 9)).code == 403), self.log())

    def talk(self, sender, receiver):
        """A datagram between two allocations of the server."""
        sender.send(receiver.relayed[0], b"hi")
        return receiver.receive(2)

    def test_another_default_route_cuts_no_call_between_two_clients(self):
        self.take_network_away()
        self.give(LATE)
        self.ip("addr", "add", OTHER + "/24", "dev", "eth0")
        self.start(listen=["udp://0.0.0.0:3478"])
        one, two = self.client(LATE), self.client(LATE)
        self.assertEqual([one.allocate().code, two.allocate().code], [200, 200])
        self.assertEqual([one.permit(two.relayed[0]).code, two.permit(one.relayed[0]).code], [200, 200])
        self.assertTrue(self.talk(one, two))
        self.ip("route", "replace", "default", "dev", "eth0", "src", OTHER)
        self.assertTrue(wait_until(lambda: f"relayed_from={OTHER}" in self.log()), self.log())
        self.assertTrue(self.talk(one, two), self.log())
        self.assertTrue(self.talk(two, one), self.log())
        self.assertEqual(one.permit(two.relayed[0]).code, 200)
        self.ip("route", "del", "default")
        time.sleep(1)
        self.ip("route", "replace", "default", "dev", "eth0", "src", OTHER)
        time.sleep(1)
        self.assertTrue(self.talk(one, two), self.log())
        self.assertNotIn("relayed_from=\"\"", self.log())

    def test_addresses_of_an_interface_that_is_down_stay_ones_own(self):
        self.ip("link", "add", "spare", "type", "veth", "peer", "name", "other")
        self.ip("addr", "add", PUBLIC + "/32", "dev", "spare")
        self.start()
        client = self.client(self.server.ipv4)
        self.assertEqual(client.allocate().code, 200)
        self.assertEqual(client.permit((PUBLIC, 9)).code, 403)

    def test_without_descriptors_nothing_of_ones_own_is_forgotten(self):
        self.ip("addr", "add", PUBLIC, "dev", "eth0")
        self.start(listen=["udp://0.0.0.0:3478", "tcp://0.0.0.0:3478"])
        client = self.client(self.server.ipv4)
        self.assertEqual(client.allocate().code, 200)
        self.assertEqual(client.permit((PUBLIC, 9)).code, 403)
        pid = self.icebox.pid
        held = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (held, held))
        time.sleep(11)  # a look of its own comes each ten seconds
        self.assertEqual(client.permit((PUBLIC, 9)).code, 403, self.log())
        self.assertNotIn("host_addresses", self.log())

    def test_an_address_that_went_is_called_so_and_the_next_one_is_relayed_from(self):
        self.take_network_away()
        self.give(LATE)
        self.start(listen=["udp://0.0.0.0:3478"])
        before = self.client(LATE)
        self.assertEqual(before.allocate().code, 200)
        self.take_network_away()
        self.give(OTHER)
        after = self.client(OTHER)
        self.assertTrue(wait_until(lambda: (after.allocate().code, after.relayed[:1] and after.relayed[0][0])
                                   in ((200, OTHER), (437, OTHER))), self.log())
        self.assertNotIn("relay_ports_exhausted", self.log())

    def test_a_configured_address_that_went_has_words_of_its_own(self):
        self.give(OTHER)
        self.start(listen=[f"udp://{self.server.ipv4}:3478"], relay__addresses=json.dumps([OTHER]))
        self.ip("addr", "del", OTHER + "/24", "dev", "eth0")
        client = self.client(self.server.ipv4)
        self.assertTrue(wait_until(lambda: client.allocate().code == 508), self.log())
        self.assertTrue(wait_until(lambda: "relay_address_missing" in self.log()), self.log())
        self.assertNotIn("relay_ports_exhausted", self.log())
        self.give(OTHER)
        self.assertTrue(wait_until(lambda: client.allocate().code == 200), self.log())

    def test_an_address_that_is_not_on_this_host_is_an_error(self):
        self.data = os.path.join(self.net.directory, "data")
        for setting in ('listen=["udp://203.0.113.99:3478"]', 'relay.addresses=["203.0.113.99"]'):
            for command in ("serve", "check-config"):
                with self.subTest(setting=setting, command=command):
                    status, output = self.command(command, "--set", setting)
                    self.assertEqual(status, 2, output)
                    self.assertIn("203.0.113.99 is no address of this host", output)

    def test_who_asks_for_no_family_gets_ipv6_where_there_is_nothing_else(self):
        self.ip("-4", "addr", "flush", "dev", "eth0")
        self.start()
        client = self.client(self.server.ipv6)
        self.assertEqual(client.allocate().code, 200, self.log())
        self.assertEqual(client.relayed[0][0], self.server.ipv6)

    def test_a_replaced_certificate_is_taken_without_a_reload(self):
        certificates = turn_server.Certificates(self.net.directory, self.server)
        self.start(listen=["tls://[::]:443"], tls__certificate=certificates.certificate, tls__key=certificates.key)
        first = re.findall(r"certificate_loaded.*sha256=(\S+)", self.log())
        with open(certificates.certificate, "w", encoding="ascii") as half:
            half.write("-----BEGIN CERTIFICATE-----\n")
        self.assertTrue(wait_until(lambda: "certificate_failed" in self.log()), self.log())
        turn_server.Certificates(self.net.directory, self.server)  # the same names, another key
        loaded = wait_until(lambda: re.findall(r"certificate_loaded.*sha256=(\S+)", self.log())[len(first):])
        self.assertTrue(loaded, self.log())
        self.assertNotIn(loaded[-1], first)


if __name__ == "__main__":
    unittest.main()
