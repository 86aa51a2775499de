#!/usr/bin/python3
"""A small internet in network namespaces, with real NATs, for tests that need more than loopback.

    with lab.Lab(clients={"alice": "symmetric", "bob": "udp-blocked"}) as net:
        net.host("peer").start(["turnutils_peer", "-L", net.host("peer").ipv4])
        sock = net.host("alice").socket(socket.AF_INET, socket.SOCK_DGRAM)

Every Lab has a server and a peer on a public segment; clients sit on it too ("direct") or behind a NAT of
their own:

    direct       public IPv4 and IPv6 address, nothing in between
    masquerade   Linux NAT: one external port per internal one where possible, filters by address and port
    symmetric    another external port for every destination
    tcp-only     masquerade, and no UDP leaves
    udp-blocked  masquerade, and only TCP to port 443 leaves

No namespace has a link to the machine's own network, so nothing can leave. Everything is removed when the
Lab closes, by exception or signal too; what a killed run left is removed by the next one. Needs root.

As a program it runs one command in such a lab; `lab.py --help` says how.
"""

import argparse
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77  # the exit status that ctest counts as skipped
CLIENT_KINDS = ("direct", "masquerade", "symmetric", "tcp-only", "udp-blocked")
IPV4_NETWORK = "203.0.113.0/24"  # documentation addresses: public to every NAT, routed nowhere
IPV6_NETWORK = "2001:db8:0:1::/64"
DOMAIN = "lab.example.org"  # every host knows the IPv4 address of NAME.lab.example.org, from its hosts file
SERVER, PEER, FIRST_DIRECT, FIRST_NAT = 10, 20, 30, 100  # last number of the address

_PREFIX = "iceboxlab"
_NETNS_ETC = "/etc/netns"
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def require_root():
    """Ends the program with ctest's "skipped" when namespaces cannot be made here."""
    if os.geteuid() != 0:
        print("SKIPPED: the lab makes network namespaces; run this test as root", file=sys.stderr)
        sys.exit(SKIPPED)


class Timeout(Exception):
    """A command or an expected line took longer than its limit."""


class Process:
    """A program running on a Host, its output collected in `log_path`. Dies with this process."""

    def __init__(self, argv, log_path, **popen_options):
        self.argv = argv
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self._popen = subprocess.Popen(argv, stdin=popen_options.pop("stdin", subprocess.DEVNULL), stdout=log,
                                           stderr=subprocess.STDOUT, start_new_session=True, **popen_options)

    @property
    def pid(self):
        return self._popen.pid

    def poll(self):
        return self._popen.poll()

    def output(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def tail(self, lines=30):
        return "\n".join(self.output().splitlines()[-lines:])

    def wait(self, timeout):
        """The exit status; Timeout, and the program killed, when it does not end within `timeout` seconds."""
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop(grace=0)
            raise Timeout(f"still running after {timeout} s: {' '.join(self.argv)}\n{self.tail()}") from None

    def wait_for_line(self, pattern, timeout):
        """The first match of `pattern` in the output so far or within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            ended = self.poll() is not None  # asked first, so that the last words are read too
            found = re.search(pattern, self.output(), re.MULTILINE)
            if found:
                return found
            if ended or time.monotonic() > deadline:
                state = f"ended with status {self.poll()}" if ended else f"said nothing of it within {timeout} s"
                raise Timeout(f"waiting for /{pattern}/: {' '.join(self.argv)} {state}\n{self.tail()}")
            time.sleep(0.02)

    def stop(self, grace=3):
        """Asks it and its children to end, and kills them if it has not after `grace` seconds.

        Children that outlive it end with their namespace. Never signals the group of a program that has ended:
        its number may be another's by now.
        """
        for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5)):
            if self.poll() is None:
                os.killpg(self.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._popen.wait(patience)


class Host:
    """One machine of the lab: a namespace with its own addresses."""

    def __init__(self, lab, name, ipv4=None, ipv6=None, kind="direct", external_ipv4=None):
        self.name = name
        self.ipv4 = ipv4
        self.ipv6 = ipv6
        self.kind = kind
        self.external_ipv4 = external_ipv4 or ipv4  # what the public segment sees
        self.domain_name = f"{name}.{DOMAIN}"
        self.netns = f"{lab.prefix}-{name}"
        self._lab = lab

    def command(self, argv):
        """`argv` as a command line that runs on this host, and that dies with the process that starts it."""
        return ["ip", "netns", "exec", self.netns, "setpriv", "--pdeathsig", "KILL", *map(str, argv)]

    def start(self, argv, name=None, **popen_options):
        """Starts `argv` in the background. Call from the main thread: the program dies with the calling thread."""
        name = name or os.path.basename(str(argv[0]))
        return self._lab.adopt(Process(self.command(argv), self._lab.new_log(f"{self.name}-{name}"), **popen_options))

    def run(self, argv, timeout, **popen_options):
        """Runs `argv` to its end and returns (exit status, output). Timeout when it takes longer."""
        process = self.start(argv, **popen_options)
        return process.wait(timeout), process.output()

    @contextlib.contextmanager
    def entered(self):
        """Puts the calling thread on this host. A socket made here stays here."""
        with _inside(self.netns):
            yield

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_DGRAM, timeout=5.0):
        with self.entered():
            made = socket.socket(family, kind)
        made.settimeout(timeout)
        return made

    def describe(self):
        return {"name": self.name, "netns": self.netns, "kind": self.kind, "ipv4": self.ipv4, "ipv6": self.ipv6,
                "domain_name": self.domain_name, "external_ipv4": self.external_ipv4}


class Lab:
    """The segment, a server, a peer and `clients`, a dict from name to kind. Use as a context manager."""

    def __init__(self, clients=None):
        require_root()
        for name, kind in (clients or {}).items():
            if kind not in CLIENT_KINDS:
                raise ValueError(f"client {name}: kind '{kind}' is none of {', '.join(CLIENT_KINDS)}")
        self.prefix = f"{_PREFIX}-{os.getpid()}-{_started_at(os.getpid())}"
        self.directory = None  # for logs, keys, profiles; removed at the end unless LAB_KEEP is set
        self._clients = clients or {}
        self._hosts = {}
        self._namespaces = []
        self._processes = []
        self._logs = 0
        self._old_handlers = {}

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            self._old_handlers[number] = signal.signal(number, _exit_on_signal)
        try:
            remove_leftovers()
            self.directory = tempfile.mkdtemp(prefix=f"{self.prefix}-")
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for number in self._old_handlers:
            signal.signal(number, signal.SIG_IGN)  # cleaning up is not interrupted
        for process in reversed(self._processes):
            process.stop()
        for netns in reversed(self._namespaces):
            _remove_namespace(netns)
        if self.directory and not os.environ.get("LAB_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)
        elif self.directory:
            print(f"LAB_KEEP: logs are in {self.directory}", file=sys.stderr)
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)

    def host(self, name):
        return self._hosts[name]

    @property
    def hosts(self):
        return dict(self._hosts)

    def adopt(self, process):
        self._processes.append(process)
        return process

    def new_log(self, name):
        self._logs += 1
        return os.path.join(self.directory, f"{self._logs:02}-{name}.log")

    def _build(self):
        wire = self._namespace("wire")
        _ip("-n", wire, "link", "add", "segment", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
        _ip("-n", wire, "link", "set", "segment", "up")
        self._hosts["server"] = self._public_host("server", SERVER)
        self._hosts["peer"] = self._public_host("peer", PEER)
        for number, (name, kind) in enumerate(self._clients.items()):
            if kind == "direct":
                self._hosts[name] = self._public_host(name, FIRST_DIRECT + number)
            else:
                self._hosts[name] = self._nat_and_client(name, kind, number)
        for host in self._hosts.values():
            self._write_names(host)

    def _namespace(self, name):
        netns = f"{self.prefix}-{name}"
        self._namespaces.append(netns)
        _ip("netns", "add", netns)
        with _inside(netns), open("/proc/sys/net/ipv6/conf/default/accept_dad", "w", encoding="ascii") as accept_dad:
            accept_dad.write("0")  # else addresses change for two seconds more, and browsers abort what they load then
        _ip("-n", netns, "link", "set", "lo", "up")
        return netns

    def _write_names(self, host):
        """What programs on `host` see as /etc/hosts and /etc/resolv.conf: ip-netns(8) mounts them from here."""
        folder = f"{_NETNS_ETC}/{host.netns}"
        os.makedirs(folder)
        with open(f"{folder}/hosts", "w", encoding="ascii") as hosts:
            hosts.write("127.0.0.1 localhost\n::1 localhost\n")
            hosts.writelines(f"{other.external_ipv4} {other.domain_name}\n" for other in self._hosts.values())
        with open(f"{folder}/resolv.conf", "w", encoding="ascii") as resolver:
            resolver.write("nameserver 127.0.0.1\n")  # refuses at once, where one out of reach would be waited for

    def _plug_into_segment(self, netns, interface, number):
        wire = f"{self.prefix}-wire"
        port = f"port{number}"
        _ip("link", "add", interface, "netns", netns, "type", "veth", "peer", "name", port, "netns", wire)
        _ip("-n", wire, "link", "set", port, "master", "segment", "up")
        _ip("-n", netns, "link", "set", interface, "up")
        _ip("-n", netns, "addr", "add", f"{_ipv4(number)}/24", "dev", interface)

    def _public_host(self, name, number):
        netns = self._namespace(name)
        self._plug_into_segment(netns, "eth0", number)
        _ip("-n", netns, "addr", "add", f"{_ipv6(number)}/64", "dev", "eth0", "nodad")
        for family in ("-4", "-6"):  # to nobody; but a browser uses a family only if it has such a route
            _ip("-n", netns, family, "route", "add", "default", "dev", "eth0")
        return Host(self, name, ipv4=_ipv4(number), ipv6=_ipv6(number))

    def _nat_and_client(self, name, kind, index):
        number = FIRST_NAT + index
        router, client = self._namespace(f"{name}-nat"), self._namespace(name)
        self._plug_into_segment(router, "wan", number)
        _ip("link", "add", "lan", "netns", router, "type", "veth", "peer", "name", "eth0", "netns", client)
        _ip("-n", router, "link", "set", "lan", "up")
        _ip("-n", router, "addr", "add", f"192.168.{number}.1/24", "dev", "lan")
        _ip("-n", client, "link", "set", "eth0", "up")
        _ip("-n", client, "addr", "add", f"192.168.{number}.2/24", "dev", "eth0")
        _ip("-n", client, "route", "add", "default", "via", f"192.168.{number}.1")
        with _inside(router), open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as forward:
            forward.write("1")
        subprocess.run(["ip", "netns", "exec", router, "nft", "-f", "-"], input=_nat_rules(kind), text=True, check=True)
        return Host(self, name, ipv4=f"192.168.{number}.2", kind=kind, external_ipv4=_ipv4(number))


@contextlib.contextmanager
def _inside(netns):
    with open("/proc/thread-self/ns/net", "rb") as home, open(f"/run/netns/{netns}", "rb") as there:
        _setns(there.fileno())
        try:
            yield
        finally:
            _setns(home.fileno())


def remove_leftovers():
    """Removes the namespaces, and what runs in them, of labs whose process is gone."""
    for netns in _own_namespaces():
        _, pid, started, _ = netns.split("-", 3)
        if _started_at(int(pid)) != int(started):
            _remove_namespace(netns)
    for entry in os.scandir(tempfile.gettempdir()):
        owner = re.match(rf"{_PREFIX}-(\d+)-(\d+)-", entry.name)
        if owner and _started_at(int(owner[1])) != int(owner[2]) and not os.environ.get("LAB_KEEP"):
            shutil.rmtree(entry.path, ignore_errors=True)


def _own_namespaces():
    with contextlib.suppress(FileNotFoundError):
        return [name for name in os.listdir("/run/netns") if re.fullmatch(rf"{_PREFIX}-\d+-\d+-.+", name)]
    return []


def _started_at(pid):
    """When `pid` started, in clock ticks since boot; None once it ended. Tells it from a later one of its number."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            state, *numbers = stat.read().rpartition(")")[2].split()
            return None if state == "Z" else int(numbers[18])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _remove_namespace(netns):
    listed = subprocess.run(["ip", "netns", "pids", netns], capture_output=True, text=True, check=False)
    for pid in map(int, listed.stdout.split()):
        if pid != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    subprocess.run(["ip", "netns", "del", netns], stderr=subprocess.DEVNULL, check=False)
    shutil.rmtree(f"{_NETNS_ETC}/{netns}", ignore_errors=True)


def _nat_rules(kind):
    leaving = "masquerade fully-random" if kind == "symmetric" else "masquerade"
    allowed = {"udp-blocked": "tcp dport 443 accept", "tcp-only": "meta l4proto tcp accept"}.get(kind, "accept")
    return f"""
        table inet nat {{
          chain translate {{
            type nat hook postrouting priority srcnat
            oifname "wan" {leaving}
          }}
          chain pass {{
            type filter hook forward priority filter
            policy drop
            ct state established,related accept
            iifname "lan" oifname "wan" {allowed}
          }}
        }}
    """


def _ipv4(number):
    return f"203.0.113.{number}"


def _ipv6(number):
    return f"2001:db8:0:1::{number}"


def _ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def _setns(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _exit_on_signal(number, _frame):
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser(
        description="Runs COMMAND on this machine with a lab beside it. The variable LAB tells it, as JSON, the "
                    "hosts (netns, addresses) and the TURN server (addresses, user, secret, log), and how to have "
                    "it killed and started again.")
    parser.add_argument("--client", action="append", default=[], metavar="NAME=KIND",
                        help=f"a client; KIND is one of {', '.join(CLIENT_KINDS)}")
    parser.add_argument("--server", action="store_true", help="start the TURN server that LAB_SERVER names")
    parser.add_argument("--tcp-relay", action="store_true", help="with RFC 6062 switched on")
    parser.add_argument("--rest", action="store_true", help="with credentials made from the REST secret")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting for icebox")
    parser.add_argument("--timeout", type=float, default=300, help="seconds COMMAND may take (default 300)")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    options = parser.parse_args()
    with Lab(clients=dict(client.split("=", 1) for client in options.client)) as net:
        facts = {"directory": net.directory, "hosts": {name: host.describe() for name, host in net.hosts.items()}}
        server = None
        if options.server:
            import turn_server  # here, because turn_server stands on this module
            server = turn_server.start(net.host("server"), net.directory, tcp_relay=options.tcp_relay,
                                       rest=options.rest, settings=dict(part.split("=", 1) for part in options.set))
            facts["server"] = server.describe()
            signal.signal(signal.SIGUSR1, lambda *_: server.restart())
            facts["server"]["restart"] = {"pid": os.getpid(), "signal": "SIGUSR1"}
        command = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *options.command], start_new_session=True,
                                   env={**os.environ, "LAB": json.dumps(facts)})
        try:
            status = command.wait(options.timeout)
        except subprocess.TimeoutExpired:
            status = 1
            print(f"lab: {options.command[0]} still ran after {options.timeout:g} s", file=sys.stderr)
        finally:
            if command.poll() is None:
                os.killpg(command.pid, signal.SIGKILL)
                command.wait()
        if server and status != 0:
            print(f"--- the end of the server's log\n{server.process.tail(40)}", file=sys.stderr)
        if server and (problem := server.stop()):
            print(f"FAILED: {problem}", file=sys.stderr)
            status = status or 1
    return status


if __name__ == "__main__":
    sys.exit(main())
