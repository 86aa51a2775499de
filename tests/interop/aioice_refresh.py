#!/usr/bin/python3
"""The real aioice keeps a channel for twenty minutes by ChannelBind alone, as aiortc does, and never falls silent.

Server and client live under libfaketime, in which each second is worth SPEED. Every few seconds of that time the client
sends to an echo and hears it come back, as ICE's consent checks do; aioice itself rebinds every 500 s and refreshes its
allocation before 600 s. A permission lasts 300 s: a server that silences a channel with it is silent from then on.
    ICEBOX=build/release/icebox aioice_refresh.py [VIRTUAL_SECONDS]
"""

import asyncio
import glob
import os
import sys
import time

SPEED = 60
VIRTUAL_SECONDS = 1300  # more than two lives of a channel
STEP_SECONDS = 10  # of virtual time between two messages
TRIES = 5  # a busy machine may be late by so many steps
LIBRARY = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "process"))


def restart_under_fake_time():
    if not LIBRARY:
        sys.exit("libfaketime is missing; install libfaketime")
    os.environ.update(LD_PRELOAD=LIBRARY[0], FAKETIME=f"+0 x{SPEED}", NO_FAKE_STAT="1")
    os.execv(sys.executable, [sys.executable, *sys.argv])


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


class Heard(asyncio.DatagramProtocol):
    def __init__(self):
        self.came = asyncio.Event()

    def datagram_received(self, data, address):
        self.came.set()


async def comes_back(transport, heard, peer):
    for _ in range(TRIES):
        heard.came.clear()
        transport.sendto(b"consent", peer)
        try:
            await asyncio.wait_for(heard.came.wait(), STEP_SECONDS)
            return True
        except asyncio.TimeoutError:
            pass
    return False


async def keep_alive(turn, icebox, seconds):
    """Virtual seconds after which the echo was not heard; None: it always was."""
    loop = asyncio.get_running_loop()
    echo, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    transport, heard = await turn.create_turn_endpoint(
        Heard, server_addr=("127.0.0.1", icebox.port("udp")), username="alice", password="correct horse", transport="udp")
    started = time.monotonic()
    silent = None
    while silent is None and (passed := time.monotonic() - started) < seconds:
        if not await comes_back(transport, heard, echo.get_extra_info("sockname")):
            silent = passed
        await asyncio.sleep(STEP_SECONDS)
    transport.close()
    echo.close()
    return silent


def main():
    if "FAKETIME" not in os.environ:
        restart_under_fake_time()
    from aioice import turn
    from icebox_process import Icebox
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else VIRTUAL_SECONDS
    began = time.monotonic()
    with Icebox('auth.users={alice="correct horse"}', 'relay.allow_peers=["127.0.0.0/8"]') as icebox:
        silent = asyncio.run(keep_alive(turn, icebox, seconds))
    if silent is not None:
        sys.exit(f"aioice heard nothing any more from {silent:.0f} s on")
    print(f"aioice heard its peer all the time, for {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
