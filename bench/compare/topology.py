"""Three network namespaces in a row, client - server - peer, joined by veth pairs; and what was lost between them.

A second wire joins client and peer, so that the generator can prove itself without a relay. Namespaces and
programs are the lab's (tests/lab): removed at the end whatever happens.
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/lab"))
import lab  # noqa: E402

CLIENT, SERVER = "10.77.1.2", "10.77.1.1"  # the wire between clients and server
RELAY, PEER = "10.77.2.1", "10.77.2.2"     # the wire between relayed addresses and peers
NEAR, FAR = "10.77.3.1", "10.77.3.2"       # the wire around the server
NETWORK = "10.77.0.0/16"
SPOOFED = "10.64.0.0/12"                   # 1,048,576 addresses that belong to nobody; answers come back to the client


class Topology(lab.Lab):
    """Hosts "client", "server" and "peer". Use as a context manager; needs root."""

    def _build(self):
        for name, address in (("client", CLIENT), ("server", SERVER), ("peer", PEER)):
            self._namespace(name)
            self._hosts[name] = lab.Host(self, name, ipv4=address)
        self._wire(("client", "to-server", CLIENT), ("server", "to-clients", SERVER))
        self._wire(("server", "to-peers", RELAY), ("peer", "to-relay", PEER))
        self._wire(("client", "around", NEAR), ("peer", "around", FAR))
        _ip("-n", self.host("client").netns, "route", "add", "local", SPOOFED, "dev", "lo")
        _ip("-n", self.host("server").netns, "route", "add", SPOOFED, "via", CLIENT)

    def _wire(self, one, other):
        (a, a_name, a_address), (b, b_name, b_address) = one, other
        _ip("link", "add", a_name, "netns", self.host(a).netns, "type", "veth",
            "peer", "name", b_name, "netns", self.host(b).netns)
        for name, interface, address in (one, other):
            netns = self.host(name).netns
            _ip("-n", netns, "addr", "add", f"{address}/24", "dev", interface)
            _ip("-n", netns, "link", "set", interface, "up")

    def drops(self):
        """What every hop has dropped so far, as one flat dict."""
        counted = {"softnet": _softnet_drops()}
        for name, host in self._hosts.items():
            with host.entered():
                udp = _udp_counters()
            for counter in ("InErrors", "RcvbufErrors", "SndbufErrors", "NoPorts"):
                counted[f"{name}.udp.{counter}"] = udp[counter]
            links = subprocess.run(["ip", "-n", host.netns, "-s", "-j", "link"], capture_output=True, check=True)
            for link in json.loads(links.stdout):
                for way in ("rx", "tx"):
                    counted[f"{name}.{link['ifname']}.{way}_dropped"] = link["stats64"][way]["dropped"]
        return counted


def difference(before, after):
    """The counters of drops() that have risen, by how much."""
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def _udp_counters():
    with open("/proc/thread-self/net/snmp", encoding="ascii") as snmp:
        names, values = (line.split()[1:] for line in snmp if line.startswith("Udp:"))
    return dict(zip(names, map(int, values)))


def _softnet_drops():
    """Of the whole machine: per-CPU backlogs that were full."""
    with open("/proc/net/softnet_stat", encoding="ascii") as stat:
        return sum(int(line.split()[1], 16) for line in stat)


def _ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
