#!/usr/bin/python3
"""coturn's own client, turnutils_uclient, in every mode that a TURN server has to serve.

uclient sends numbered messages, to turnutils_peer or between two allocations of its own, and counts what comes
back. It spends most of its time waiting, so a few cases run at once.
    uclient_test.py [WORD]    only the cases whose name contains WORD
"""

import dataclasses
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import lab
import turn_server

MESSAGES = 40
AT_ONCE = 4
RUN_SECONDS = 45
TLS = ("-t", "-S", "-p", str(turn_server.TLS_PORT))


@dataclasses.dataclass
class Case:
    name: str
    options: tuple  # of uclient
    client: str = "client"  # which host of the lab it runs on
    ipv6: bool = False  # reaches the server, and the peer, over IPv6
    rest: bool = False  # with credentials made from the REST secret
    # The part of the sent messages that uclient must count as received. Less than 1 where it miscounts: over TLS
    # it takes one message per record, so that the second of two in one record is lost in uclient itself; and of a
    # passive TCP relay it counts one direction.
    received: float = 1.0

    def command(self, server, peer):
        login = ["-u", turn_server.USER, *(["-W", turn_server.SECRET] if self.rest else ["-w", turn_server.PASSWORD])]
        between_own = {"-y", "-T", "-P"} & set(self.options)
        to_peer = [] if between_own else ["-e", peer.ipv6 if "-x" in self.options else peer.ipv4, "-r", "3480"]
        return ["turnutils_uclient", *login, "-n", MESSAGES, "-l", "170", *to_peer, *self.options,
                server.ipv6 if self.ipv6 else server.ipv4]


# Left out: -Z, both families in one allocation. uclient numbers ADDITIONAL-ADDRESS-FAMILY 0x8032, as coturn does,
# where RFC 8656 has 0x8000; and it then refreshes a family that it was not given. And -P over TLS: uclient then
# speaks TLS to its own listening end as well, with coturn too. The octets of TCP relaying are compared by
# tcp_relay_test.py.
CASES = [
    Case("UDP, channels, even port and reserved port", ("-m", "2")),
    Case("UDP, Send indications", ("-s", "-c")),
    Case("UDP, channel data padded to four bytes", ("-D", "-c", "-l", "171")),
    Case("UDP, payload close to the MTU", ("-c", "-l", "1400")),
    Case("UDP, DONT-FRAGMENT", ("-g", "-c")),
    Case("UDP, extra CreatePermission and ChannelBind", ("-G", "-c")),
    Case("UDP, between two allocations, channels", ("-y", "-c", "-m", "4")),
    Case("UDP, between two allocations, Send indications", ("-y", "-c", "-s")),
    Case("TCP, channels", ("-t", "-m", "2")),
    Case("TCP, Send indications", ("-t", "-s", "-c")),
    Case("TCP, between two allocations", ("-y", "-t", "-c")),
    Case("TLS, channels, from where only TCP 443 leaves", (*TLS, "-c"), client="blocked", received=0.9),
    Case("TLS, Send indications", (*TLS, "-s", "-c"), received=0.9),
    Case("TLS, between two allocations", (*TLS, "-y", "-c"), client="blocked", received=0.9),
    Case("DTLS, channels", ("-S", "-c", "-p", str(turn_server.PORT))),
    Case("IPv4 client, IPv6 relay", ("-x", "-c")),
    Case("IPv6 client, IPv6 relay", ("-x", "-c"), client="open", ipv6=True),
    Case("IPv6 client, IPv4 relay asked for", ("-X", "-c"), client="open", ipv6=True),
    Case("IPv6 client, TCP, between two IPv6 allocations", ("-x", "-y", "-t", "-c"), client="open", ipv6=True),
    Case("TCP relaying, Connect", ("-T", "-m", "4")),
    Case("TCP relaying, Connect, over TLS", (*TLS, "-T", "-c"), client="blocked", received=0.9),
    Case("TCP relaying, ConnectionAttempt", ("-P",), client="open", received=0.5),
    Case("REST credentials, UDP", ("-c",), rest=True),
    Case("REST credentials, TCP", ("-c", "-t"), rest=True),
]


def problem(case, status, output):
    """Why the run is no success; None if it is one."""
    if status != 0:
        return f"uclient ended with status {status}"
    totals = re.search(r"start_mclient: tot_send_msgs=(\d+), tot_recv_msgs=(\d+)", output)
    if not totals:
        return "uclient printed no totals"
    sent, received = map(int, totals.groups())
    if sent < MESSAGES or received < sent * case.received:
        return f"{received} of {sent} messages came back"
    return None


def run(cases, rest):
    """Runs `cases` in a lab of their own; returns how many failed."""
    failed = 0
    with lab.Lab(clients={"client": "symmetric", "open": "direct", "blocked": "udp-blocked"}) as net:
        server = turn_server.start(net.host("server"), net.directory, tcp_relay=True, rest=rest)
        peer = net.host("peer")
        peer.start(["turnutils_peer", "-L", peer.ipv4, "-L", peer.ipv6, "-p", "3480"])
        for first in range(0, len(cases), AT_ONCE):
            running = []
            for case in cases[first:first + AT_ONCE]:
                host = net.host(case.client)
                # -P offers its own address as the peer, and must be told which one that is.
                own_address = ["-L", host.ipv4] if "-P" in case.options else []
                command = case.command(server.host, peer)
                running.append((case, host.start([*command[:1], *own_address, *command[1:]])))
            for case, process in running:
                try:
                    why = problem(case, process.wait(RUN_SECONDS), process.output())
                except lab.Timeout:
                    why = f"uclient still ran after {RUN_SECONDS} s"
                print(f"{'FAILED' if why else 'ok'}  {case.name}{f': {why}' if why else ''}", flush=True)
                failed += bool(why)
                if why:
                    print(f"--- {' '.join(process.argv)}\n{process.tail(25)}\n--- server\n{server.process.tail(25)}\n")
        if died := server.stop():
            failed += 1
            print(f"FAILED  {died}")
    return failed


def main():
    lab.require_root()
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [case for case in CASES if word in case.name]
    failed = 0
    for rest in (False, True):
        cases = [case for case in chosen if case.rest == rest]
        failed += run(cases, rest) if cases else 0
    print(f"{max(0, len(chosen) - failed)} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
