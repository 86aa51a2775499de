#!/usr/bin/python3
"""Runs a foreign client in the lab, once per transport:

    pair_test.py [--set KEY=VALUE]... [--carries ATTRIBUTE,...] TRANSPORT[,TRANSPORT...] PROGRAM [ARGUMENT...]

PROGRAM makes two agents that may use nothing but the relay, passes data between them both ways, compares it and
ends with status 0. It learns from its environment how to reach the server: TURN_TRANSPORT (udp, tcp, tls or dtls),
TURN_HOST (a name), TURN_ADDRESS, TURN_PORT, TURN_URL, TURN_USER, TURN_PASSWORD; SSL_CERT_FILE has the CA to trust.
It runs behind a symmetric NAT, for tcp behind one that lets no UDP out, for tls behind one that lets only TCP 443 out.
--set is a key of icebox's configuration, as `icebox serve` takes it; coturn is not told.
With --carries, a UDP Allocate request has to reach icebox with all these attributes, by number (0x001c: signed with
SHA-256; 0x001e: the user's name hidden): not every client uses what it could. coturn offers neither.
"""

import argparse
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import lab
import turn_server

RUN_SECONDS = 60
CLIENTS = {"udp": "symmetric", "dtls": "symmetric", "tcp": "tcp-only", "tls": "udp-blocked"}  # kind by transport


def environment(server, transport, directory):
    return {
        **os.environ, "HOME": directory, "SSL_CERT_FILE": server.ca, "TURN_TRANSPORT": transport,
        "TURN_HOST": server.host.domain_name, "TURN_ADDRESS": server.host.ipv4,
        "TURN_PORT": str(turn_server.TLS_PORT if transport == "tls" else turn_server.PORT),
        "TURN_URL": server.url(transport), "TURN_USER": turn_server.USER, "TURN_PASSWORD": turn_server.PASSWORD,
    }


class AllocateWatch:
    """Sees the Allocate requests that reach `host` over UDP on IPv4."""

    def __init__(self, host):
        with host.entered():
            self._wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        self._wire.setblocking(False)

    def attributes_seen(self):
        """The attribute types of each Allocate request so far, a set for each."""
        seen = []
        while True:
            try:
                packet = self._wire.recv(2048)
            except BlockingIOError:
                return seen
            stun = packet[(packet[0] & 15) * 4 + 8:] if packet[9] == socket.IPPROTO_UDP else b""
            if stun[:2] == b"\x00\x03" and stun[4:8] == b"\x21\x12\xa4\x42":
                seen.append(attribute_types(stun))


def attribute_types(stun):
    types, at = set(), 20
    while at + 4 <= len(stun):
        types.add(int.from_bytes(stun[at:at + 2], "big"))
        at += 4 + (int.from_bytes(stun[at + 2:at + 4], "big") + 3) // 4 * 4
    return types


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--carries", default="")
    parser.add_argument("transports", type=lambda text: text.split(","))
    parser.add_argument("program", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    transports, program = options.transports, options.program
    wanted = {int(number, 16) for number in options.carries.split(",") if number}
    passed = failed = 0
    with lab.Lab(clients={transport: CLIENTS[transport] for transport in transports}) as net:
        server = turn_server.start(net.host("server"), net.directory,
                                   settings=dict(setting.split("=", 1) for setting in options.set))
        watch = AllocateWatch(server.host)
        for transport in transports:
            process = net.host(transport).start(program, env=environment(server, transport, net.directory))
            started = time.monotonic()
            try:
                status = process.wait(RUN_SECONDS)
                why = f"ended with status {status}" if status else None
            except lab.Timeout:
                why = f"still ran after {RUN_SECONDS} s"
            print(f"{'FAILED' if why else 'ok'}  {transport}, {time.monotonic() - started:.1f} s"
                  f"{f': {why}' if why else ''}", flush=True)
            passed += not why
            failed += bool(why)
            if why:
                print(f"{process.tail(40)}\n--- server\n{server.process.tail(40)}")
        requests = watch.attributes_seen()
        if wanted and server.kind == "icebox" and not any(wanted <= types for types in requests):
            failed += 1
            print(f"FAILED  no Allocate request carried {options.carries}; these came: "
                  f"{[sorted(map(hex, types)) for types in requests]}")
        if died := server.stop():
            failed += 1
            print(f"FAILED  {died}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
