#!/usr/bin/python3
"""Runs a foreign client in the lab, once per transport:

    pair_test.py TRANSPORT[,TRANSPORT...] PROGRAM [ARGUMENT...]

PROGRAM makes two agents that may use nothing but the relay, passes data between them both ways, compares it and
ends with status 0. It learns from its environment how to reach the server: TURN_TRANSPORT (udp, tcp, tls or dtls),
TURN_HOST (a name), TURN_ADDRESS, TURN_PORT, TURN_URL, TURN_USER, TURN_PASSWORD; SSL_CERT_FILE has the CA to trust.
It runs behind a symmetric NAT, for tcp behind one that lets no UDP out, for tls behind one that lets only TCP 443 out.
"""

import os
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


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    transports, program = sys.argv[1].split(","), sys.argv[2:]
    passed = failed = 0
    with lab.Lab(clients={transport: CLIENTS[transport] for transport in transports}) as net:
        server = turn_server.start(net.host("server"), net.directory)
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
        if died := server.stop():
            failed += 1
            print(f"FAILED  {died}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
