#!/usr/bin/python3
"""TCP relaying (RFC 6062), octet by octet: large transfers both ways compared by hash, half-closed connections,
data that comes early, slow readers, and streams that land on another worker than their allocation.

    tcp_relay_test.py [WORD]    only the cases whose name contains WORD
"""

import hashlib
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import lab
import rfc6062
import turn_server
from rfc6062 import Control, Link, Listener, connect_link, pump, wait_for

LARGE = 16 << 20
CONNECTIONS = 12
WORKERS = 3
DENIED = f'["{lab.IPV4_NETWORK}:{turn_server.PORT}"]'  # the lab's own allow_peers would open the server's other ports


class World:
    def __init__(self, net, server, transport):
        self.server, self.transport = server, transport
        self.client, self.peer = net.host("client"), net.host("peer")

    def control(self, **options):
        return Control(self.client, self.server, self.transport, **options)

    def control_with_allocation(self):
        control = self.control()
        control.allocate()
        return control

    def listener(self, ipv6=False):
        return Listener(self.peer, self.peer.ipv6 if ipv6 else self.peer.ipv4)

    def joined(self, control, ipv6=False):
        """A data connection of the client, and the peer's end of it."""
        listener = self.listener(ipv6)
        connection = control.connect(listener.address)
        peer, _ = listener.accept()
        listener.close()
        return control.open_data(connection), peer


def expect(holds, what):
    if not holds:
        raise AssertionError(what)


def digest(octets):
    return hashlib.sha256(octets).hexdigest()[:16]


def exchange(jobs, seconds=120):
    """`jobs`: (from, to, octets). All at once; each direction is ended behind its octets, and must arrive whole."""
    sent = dict.fromkeys(range(len(jobs)), 0)
    ended = set()

    def done():
        for number, (source, _, octets) in enumerate(jobs):
            while sent[number] < len(octets) and source.unsent < 4 * rfc6062.CHUNK:
                source.send(octets[sent[number]:sent[number] + rfc6062.CHUNK])
                sent[number] += rfc6062.CHUNK
            if sent[number] >= len(octets) and number not in ended:
                ended.add(number)
                source.end()
        return all(to.ended for _, to, _ in jobs)
    wait_for(done, "everything to arrive", seconds)
    for source, to, octets in jobs:
        expect(not to.broken, "a connection broke")
        expect(len(to.received) == len(octets), f"{len(to.received)} of {len(octets)} octets arrived")
        expect(digest(to.received) == digest(octets), "other octets arrived")


def large_transfers(world):
    data, peer = world.joined(world.control_with_allocation())
    exchange([(data, peer, os.urandom(LARGE)), (peer, data, os.urandom(LARGE))])


def one_direction_outlives_the_other(world):
    for first in ("client", "peer"):
        data, peer = world.joined(world.control_with_allocation())
        early, late = (data, peer) if first == "client" else (peer, data)
        exchange([(early, late, b"the question")])
        pump(0.2)
        expect(not early.ended, f"{first}'s end of sending ended the other direction too")
        exchange([(late, early, os.urandom(LARGE // 4))])


def many_at_once(world):
    """Their streams go to the workers in turn, so most of them are handed over."""
    control = world.control_with_allocation()
    pairs = [world.joined(control) for _ in range(CONNECTIONS)]
    jobs = [(data, peer, os.urandom(200_000 + number)) for number, (data, peer) in enumerate(pairs)]
    exchange(jobs + [(peer, data, os.urandom(300_000)) for data, peer in pairs])


def peer_sees_the_relayed_address(world):
    control = world.control()
    relayed = control.allocate()
    for _ in range(2):  # two at once from one address
        listener = world.listener()
        control.connect(listener.address)
        _, source = listener.accept()
        expect(source == relayed, f"the peer sees {source}, relayed is {relayed}")


def over_ipv6(world):
    control = world.control(ipv6=True)
    control.allocate(family=2)
    data, peer = world.joined(control, ipv6=True)
    exchange([(data, peer, os.urandom(1 << 20)), (peer, data, os.urandom(1 << 20))])


def peer_connects(world):
    control = world.control()
    relayed = control.allocate()
    control.permit(world.peer.ipv4)
    peer = connect_link(world.peer, *relayed)
    early = os.urandom(50_000)
    peer.send(early)  # before anybody has asked for it
    connection, announced = control.next_attempt()
    expect(announced == peer.socket.getsockname()[:2], f"{announced} was announced")
    data = control.open_data(connection)
    wait_for(lambda: len(data.received) >= len(early), "what came early")
    expect(bytes(data.received) == early, "what came early is not what was sent")
    data.received.clear()
    exchange([(data, peer, os.urandom(1 << 20)), (peer, data, os.urandom(1 << 20))])


def data_behind_the_request(world):
    control = world.control_with_allocation()
    listener = world.listener()
    connection = control.connect(listener.address)
    peer, _ = listener.accept()
    first = bytes(range(256)) * 100  # looks like STUN and like nothing
    data = control.open_data(connection, first)
    wait_for(lambda: len(peer.received) >= len(first), "what followed the request")
    expect(bytes(peer.received) == first, "what followed the request was changed")
    peer.received.clear()
    exchange([(data, peer, b"more"), (peer, data, b"and back")])


def stranger_is_turned_away(world):
    control = world.control()
    relayed = control.allocate()
    stranger = connect_link(world.peer, *relayed)
    wait_for(lambda: stranger.ended, "the stranger's connection to end")
    pump(0.3)
    expect(not control.link.received, "the client heard of a stranger")


def refusals(world):
    control = world.control()
    control.allocate()
    listener = world.listener()
    address = listener.address
    cases = [((address[0], 1), 447), (("127.0.0.1", 80), 403), (("10.0.0.1", 80), 403),
             ((world.server.host.ipv4, turn_server.PORT), 403)]
    for peer, code in cases:
        try:
            control.connect(peer)
            raise AssertionError(f"Connect to {peer} succeeded")
        except rfc6062.Refused as refused:
            expect(refused.code == code, f"Connect to {peer}: {refused.code}, not {code}")
    control.connect(address)
    for attempt, code in ((lambda: control.connect(address), 446), (lambda: control.open_data(bytes(4)), 400)):
        try:
            attempt()
            raise AssertionError(f"no {code}")
        except rfc6062.Refused as refused:
            expect(refused.code == code, f"{refused.code}, not {code}")


def pipelined_requests(world):
    """A Connect that waits for a peer holds nobody up: 203.0.113.250 does not exist."""
    control = world.control_with_allocation()
    slow = control.start_connect(("203.0.113.250", 7000))
    data, peer = world.joined(control)
    exchange([(data, peer, b"meanwhile"), (peer, data, b"indeed")])
    try:
        control.finish_connect(slow)
        raise AssertionError("there is nobody to connect to")
    except rfc6062.Refused as refused:
        expect(refused.code == 447, f"{refused.code}, not 447")


def slow_reader_stops_the_sender(world):
    for slow in ("client", "peer"):
        data, peer = world.joined(world.control_with_allocation())
        reader, sender = (data, peer) if slow == "client" else (peer, data)
        reader.reading = False
        octets = os.urandom(2 * LARGE)
        sender.send(octets)
        left, since = sender.unsent, time.monotonic()
        while time.monotonic() - since < 1:  # until nothing has moved for a second
            pump()
            if sender.unsent != left:
                left, since = sender.unsent, time.monotonic()
        expect(left > 0, f"{len(octets)} octets went somewhere although the {slow} does not read")
        reader.reading = True
        wait_for(lambda r=reader: len(r.received) >= len(octets), "the rest", 120)
        expect(digest(reader.received) == digest(octets), "other octets arrived")


def broken_end_breaks_the_other(world):
    data, peer = world.joined(world.control_with_allocation())
    peer.socket.setsockopt(rfc6062.socket.SOL_SOCKET, rfc6062.socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.close()  # RST
    wait_for(lambda: data.ended, "the client's end")
    expect(data.broken, "a reset became an orderly end")


def client_leaves_without_a_goodbye(world):
    """As most TLS clients do: what it has sent must still arrive."""
    data, peer = world.joined(world.control_with_allocation())
    octets = os.urandom(1 << 20)
    data.send(octets)
    wait_for(lambda: not data.unsent, "sending")
    data.socket.shutdown(rfc6062.socket.SHUT_WR)
    wait_for(lambda: peer.ended, "the peer's end")
    expect(not peer.broken and digest(peer.received) == digest(octets), "octets were lost")


def end_of_allocation_ends_connections(world):
    for how in ("refresh", "close"):
        control = world.control_with_allocation()
        data, peer = world.joined(control)
        data.send(b"last words")
        wait_for(lambda d=data: not d.unsent, "sending")
        if how == "refresh":
            control.refresh(0)
        else:
            control.link.close()
        wait_for(lambda d=data, p=peer: d.ended and p.ended, f"the end after {how}")


def between_two_clients(world):
    caller, called = world.control(), world.control()
    of_caller, of_called = caller.allocate(), called.allocate()
    called.permit(of_caller[0])
    connection = caller.connect(of_called)
    incoming, announced = called.next_attempt()
    expect(announced == of_caller, f"{announced} was announced, {of_caller} connected")
    one, other = caller.open_data(connection), called.open_data(incoming)
    exchange([(one, other, os.urandom(1 << 20)), (other, one, os.urandom(1 << 20))])


CASES = [large_transfers, one_direction_outlives_the_other, many_at_once, peer_sees_the_relayed_address, over_ipv6,
         peer_connects, data_behind_the_request, stranger_is_turned_away, refusals, pipelined_requests,
         slow_reader_stops_the_sender, broken_end_breaks_the_other,
         client_leaves_without_a_goodbye, end_of_allocation_ends_connections,
         between_two_clients]


def run(world, case):
    started = time.monotonic()
    try:
        case(world)
        why = None
    except Exception:  # whatever it is, the other cases still tell something
        why = traceback.format_exc(limit=-4)
    for link in list(Link.all):
        link.close()
    name = f"{world.transport}, {case.__name__.replace('_', ' ')}"
    print(f"{'FAILED' if why else 'ok'}  {name} ({time.monotonic() - started:.1f} s)", flush=True)
    if why:
        print(why, flush=True)
    return bool(why)


def main():
    lab.require_root()
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    failed = ran = 0
    with lab.Lab(clients={"client": "direct"}) as net:
        server = turn_server.start(net.host("server"), net.directory, tcp_relay=True,
                                   settings={"workers": str(WORKERS), "relay.deny_peers": DENIED})
        for transport in ("tcp", "tls"):
            world = World(net, server, transport)
            for case in CASES:
                if word not in f"{transport} {case.__name__}":
                    continue
                ran += 1
                failed += run(world, case)
        if died := server.stop():
            failed += 1
            print(f"FAILED  {died}")
    print(f"{ran - failed} passed, {failed} failed")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
