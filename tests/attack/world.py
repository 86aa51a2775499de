"""Where the attacks happen: a lab with two servers, somebody innocent on each, and an attacker.

`server` has short deadlines and no narrow bounds; `small` has few ports and small quotas, for attacks that aim at
those. What an attack must not do is checked after every test, whatever the test itself looks at: the innocents go on
exchanging data with their peer, and the servers' memory and descriptors are back where they were.
"""

import contextlib
import json
import os
import re
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import echo
import lab  # noqa: for run.py
import turn_client
import turn_message
import turn_server

ECHO_PORT = echo.PORT
DIRECT = ("innocent", "attacker", "accomplice", "small")
SILENT_PORT = 7001
DEADLINES = {"limits.first_message_deadline": "1s", "limits.handshake_deadline": "1s",
             "limits.unauthenticated_deadline": "3s", "limits.idle_deadline": "1s"}
OTHER_USERS = {"bob": "bob's password", "carol": "carol's password", "dave": "dave's password"}
# A server answers Binding requests, by which tests wait for each other, without the usual limit on strangers.
# Its clients come and go by the hundred, and what they release counts for 30 s: that is for `small` to judge.
MANY = {"relay.allocations_per_user": "10000", "relay.allocations_per_source": "10000"}
NO_LIMIT = {"limits.unauthenticated_replies_per_second": "100000", "limits.http_requests_per_second": "100000",
            "limits.wrong_passwords_per_minute": "100000",
            "limits.plain_http": "true"}  # signaling is attacked over every transport; `small` refuses it over TCP
SMALL = {"relay.ports": '"50000-50015"', "relay.allocations_per_user": "5", "relay.allocations_per_source": "8",
         "limits.connections_per_source": "20", "limits.unauthenticated_replies_per_second": "20",
         "limits.proxy_protocol_from": '["2001:db8:0:1::32"]'}  # the accomplice, over IPv6
SMALL_PORTS, SMALL_PER_USER, SMALL_PER_SOURCE, SMALL_CONNECTIONS, SMALL_REPLIES = 16, 5, 8, 20, 20
REST_SECONDS = 30
MAX_GROWTH_BYTES = 8 << 20
PROMPT_SECONDS = 0.005
# A sanitizer's build holds on to freed memory and is slow: there memory, time and delays are not judged, see
# tests/sanitized.sh. The release build's run judges them.
SANITIZED = bool(os.environ.get("LAB_SANITIZED"))


class Target:
    """One running server, with the eyes of its operator."""

    def __init__(self, net, name, settings):
        self.host = net.host(name)
        self.directory = os.path.join(net.directory, name)
        os.mkdir(self.directory)
        self.config = os.path.join(self.directory, "icebox.toml")
        self.configure("")
        peer = net.host("peer")
        users = {turn_server.USER: turn_server.PASSWORD, **OTHER_USERS}
        self.server = turn_server.start(self.host, self.directory, kind="icebox", settings={
            "relay.allow_peers": json.dumps([peer.ipv4, peer.ipv6]), "metrics.listen": '"127.0.0.1:9641"',
            "auth.users": "{" + ", ".join(f"{name} = {json.dumps(word)}" for name, word in users.items()) + "}",
            **settings}, config=self.config)
        self.pid = self.server.process.pid

    def configure(self, text):
        """Writes the configuration file: what is in force besides the settings from the next reload on."""
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def address(self, transport, ipv6=False):
        return (self.host.ipv6 if ipv6 else self.host.ipv4,
                turn_server.TLS_PORT if transport == "tls" else turn_server.PORT)

    def metrics(self):
        """{(family, value of its label): number}, families without icebox_ and _total."""
        with contextlib.closing(self.host.socket(kind=socket.SOCK_STREAM)) as connection:
            connection.connect(("127.0.0.1", 9641))
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            text = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        found = {}
        for name, labels, value in re.findall(r"^icebox_(\w+?)(?:_total)?(?:\{(.*)\})? ([-\d.e+]+)$", text, re.M):
            key = (name, *re.findall(r'"([^"]*)"', labels))
            found[key] = float(value)
        return found

    def allocations(self):
        return sum(number for key, number in self.metrics().items() if key[0] == "allocations")

    def memory(self):
        if SANITIZED:
            return 0
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self):
        if SANITIZED:
            return 0
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def command(self, *words, timeout=10):
        """(status, output) of another icebox command on its data directory."""
        binary = os.path.abspath(os.environ.get("LAB_ICEBOX", "build/release/icebox"))
        return self.host.run([binary, *words, "--data", os.path.join(self.directory, "data"),
                              "--set", f"realm={turn_server.REALM}"], timeout)


class Innocent(threading.Thread):
    """Somebody with an allocation and a channel, who sends to the peer all the time and hears it come back."""
    TRIES, WAIT_SECONDS, PAUSE_SECONDS, REFRESH_SECONDS = 4, 1.0, 0.02, 2.0

    def __init__(self, world, transport, target):
        super().__init__(daemon=True)
        self.peer = (world.peer.ipv4, ECHO_PORT)
        self.client = turn_client.TurnClient(
            turn_client.connect(transport, world.net.host("innocent"), target.address(transport)), "bob",
            OTHER_USERS["bob"])
        for what in (self.client.allocate(), self.client.bind(0x4000, self.peer)):
            if what.code != 200:
                raise AssertionError(f"the innocent client is refused: {what.code}")
        self.round_trips = 0
        self.troubles = []
        self._ending = threading.Event()
        self.start()

    def run(self):
        try:
            next_refresh = time.monotonic()
            while not self._ending.wait(self.PAUSE_SECONDS):
                self._round_trip()
                if time.monotonic() > next_refresh:
                    next_refresh = time.monotonic() + self.REFRESH_SECONDS
                    if self._refresh() != 200:
                        self.troubles.append("a refresh failed")
        except (turn_client.Closed, OSError, ValueError) as error:
            self.troubles.append(f"connection lost: {error!r}")

    def _refresh(self):
        codes = (self.client.refresh().code for _ in range(self.TRIES))
        return next((code for code in codes if code is not None), None)

    def _round_trip(self):
        payload = os.urandom(160)
        for _ in range(self.TRIES):
            self.client.send_channel(0x4000, payload)
            deadline = time.monotonic() + self.WAIT_SECONDS
            while (left := deadline - time.monotonic()) > 0 and (received := self.client.receive(left)):
                if received == (0x4000, payload):
                    self.round_trips += 1
                    return
                if received[0] != 0x4000 or len(received[1]) != 160:  # a late copy of an earlier one is no trouble
                    self.troubles.append(f"received what nobody sent it: {received}")
        self.troubles.append(f"nothing came back in {self.TRIES} tries")

    def check(self):
        """Waits for three more round trips. What went wrong since the last check."""
        wanted, deadline = self.round_trips + 3, time.monotonic() + 2 * self.TRIES * self.WAIT_SECONDS
        while self.round_trips < wanted and not self.troubles and time.monotonic() < deadline:
            time.sleep(0.01)
        if self.round_trips < wanted and not self.troubles:
            self.troubles.append("stands still")
        found, self.troubles = self.troubles, []
        return found

    def end(self):
        self._ending.set()
        self.join(10)
        self.client.close()


class World:
    """Everything that lives as long as the run. World.current is the one there is."""
    current = None

    def __init__(self, net, transport):
        self.net = net
        self.transport = transport
        self.peer = net.host("peer")
        self.echo = echo.Echo(self.peer)
        self.targets = {"server": Target(net, "server", {**DEADLINES, **NO_LIMIT, **MANY}),
                        "small": Target(net, "small", {**DEADLINES, **SMALL})}
        self.innocents = {name: Innocent(self, transport, target) for name, target in self.targets.items()}
        World.current = self

    def stop(self):
        """What is wrong with how the servers ended."""
        for innocent in self.innocents.values():
            innocent.end()
        return [trouble for target in self.targets.values() if (trouble := target.server.stop())]


class Attack(unittest.TestCase):
    """Base of every attack. Set `target_name` to attack the other server."""
    target_name = "server"

    def setUp(self):
        self.world = World.current
        self.transport = self.world.transport
        self.target = self.world.targets[self.target_name]
        self.peer = (self.world.peer.ipv4, ECHO_PORT)
        self.peer6 = (self.world.peer.ipv6, ECHO_PORT)
        before = {name: (target.memory(), target.descriptors()) for name, target in self.world.targets.items()}
        self.addCleanup(self._check_nobody_was_harmed, before)  # runs last, when the test's clients are gone

    def _check_nobody_was_harmed(self, before):
        for name, innocent in self.world.innocents.items():
            self.assertEqual(innocent.check(), [], f"the innocent client of {name}")
        for name, target in self.world.targets.items():
            memory, descriptors = before[name]
            self.assertLess(target.memory(), memory + MAX_GROWTH_BYTES, f"memory of {name}")
            self.wait_until(lambda: target.descriptors() <= descriptors, f"descriptors of {name}")

    def wait_until(self, holds, what, seconds=5):
        deadline = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    @contextlib.contextmanager
    def counts(self, *key, at_least=1, target=None):
        """Inside, that metric grows by at least so much. `key`: ("rejected", "forbidden_peer")."""
        target = target or self.target
        before = target.metrics()[key]
        yield
        grown = 0
        deadline = time.monotonic() + 3
        while grown < at_least and time.monotonic() < deadline:
            grown = target.metrics()[key] - before
        self.assertGreaterEqual(grown, at_least, f"icebox_{'/'.join(key)}")

    @contextlib.contextmanager
    def standing_still(self):
        """What is sent inside waits for the server all at once."""
        os.kill(self.target.pid, signal.SIGSTOP)
        try:
            yield
            time.sleep(0.05)
        finally:
            os.kill(self.target.pid, signal.SIGCONT)

    def seconds_behind(self, victim, flood):
        """How long the answer to a Binding request of `victim` takes that stands behind what flood() sends."""
        asked = turn_message.Message(turn_message.BINDING)
        with self.standing_still():
            flood()
            victim.wire.send(asked.octets())
        started = time.monotonic()
        self.assertEqual(victim.answer_to(asked.transaction).code, 200)
        return time.monotonic() - started

    def assert_prompt(self, seconds):
        if not SANITIZED:
            self.assertLess(seconds, PROMPT_SECONDS)

    def in_call(self, peer=None, **options):
        """A client with an allocation and channel 0x4000 to the peer."""
        client = self.allocated(**options)
        self.assertEqual(client.bind(0x4000, peer or self.peer).code, 200)
        return client

    def wire(self, host="attacker", ipv6=False, transport=None, bind=None):
        wire = turn_client.connect(transport or self.transport, self.world.net.host(host),
                                   self.target.address(transport or self.transport, ipv6), bind)
        self.addCleanup(wire.close)
        return wire

    def client(self, user=turn_server.USER, host="attacker", **options):
        """A client that will be gone, with its allocation, after the test."""
        password = turn_server.PASSWORD if user == turn_server.USER else OTHER_USERS.get(user, "no such user")
        client = turn_client.TurnClient(self.wire(host, **options), user, password)
        self.addCleanup(self._release, client)
        return client

    @staticmethod
    def _release(client):
        with contextlib.suppress(turn_client.Closed, OSError):
            if client.relayed and not client.wire.is_stream:
                client.refresh(0)

    def allocated(self, fill=None, **options):
        client = self.client(**options)
        self.assertEqual(client.allocate(fill).code, 200)
        return client

    def stranger(self, host="attacker"):
        """A raw socket on a host that writes whole IPv4 packets, under any source address."""
        with self.world.net.host(host).entered():
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.addCleanup(raw.close)
        return raw


def udp_packet(source, destination, payload):
    """An IPv4 packet with any (address, port) as its source. Checksum of UDP left out, as IPv4 allows."""
    udp = b"".join(port.to_bytes(2, "big") for port in (source[1], destination[1], 8 + len(payload))) + b"\0\0"
    header = b"\x45\0" + (28 + len(payload)).to_bytes(2, "big") + b"\0\0\0\0\x40\x11\0\0"  # the kernel sums
    return header + socket.inet_aton(source[0]) + socket.inet_aton(destination[0]) + udp + payload
