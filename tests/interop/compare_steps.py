"""The steps of compare_cases.py: each is, or makes, a function of a Probe that returns what it saw as text."""

import struct

import turn_message as stun
from compare_probe import after_allocation, allocate, code, comes_back, names, signed, signed_with, unheard
from turn_message import Message

QUOTA = 5
LOOPBACK, PRIVATE, NOT_PERMITTED = ("127.0.0.1", 7000), ("10.1.2.3", 7000), ("203.0.113.77", 7000)
UNKNOWN = 0x7F00
IPV4, IPV6 = stun.IPV4, stun.IPV6


# -- Binding
def binding(change=lambda m: m, show=names):
    return lambda probe: show(probe.client().ask(change(Message(stun.BINDING)), 1))


def binding_octets(change):
    return lambda probe: unheard(probe.client(), change(Message(stun.BINDING).octets()))


def has(attribute):
    return lambda answer: f"{attribute if answer.get(attribute) is not None else 'no ' + attribute}"


def classic(octets):
    return octets[:4] + b"\1\2\3\4" + octets[8:]  # RFC 3489 had 16 octets of transaction here


# -- authentication
def both_wrong(probe):
    client = probe.known()
    login = client.login.but(nonce=b"stale", password="guessed")
    return code(client.allocate(login=login))


def ask(message, show=code):
    return lambda probe: show(probe.client().ask(message(), 1))


def leaving_out(*left_out):
    def change(message, login):
        for name, value in (("USERNAME", login.user), ("REALM", login.realm), ("NONCE", login.nonce)):
            if name not in left_out:
                message.add(name, value)
        message.integrity(login.key())
    return signed_with(change)


def sha256_login(probe):
    client = probe.known()
    client.login.offered = client.login.offered or struct.pack("!HHHH", stun.SHA256, 0, stun.MD5, 0)
    client.relayed = [True]
    answer = client.allocate(login=client.login.but(algorithm=stun.SHA256))
    kind = "MESSAGE-INTEGRITY-SHA256"
    return f"{code(answer)} {kind if kind in answer.names() else ''}".strip()


def lifetime_after_integrity(probe):
    client = probe.allocated()
    answer = client.ask(Message(stun.REFRESH).sign(client.login).lifetime(0))
    return f"{code(answer)} LIFETIME {answer.lifetime}"


# -- Allocate
def lifetime_for(seconds):
    return allocate(None if seconds is None else lambda m: m.lifetime(seconds),
                    show=lambda answer: f"{code(answer)} LIFETIME {answer.lifetime}")


def relays(answer):
    if answer.code != 200:
        return code(answer)
    families = ["IPv6" if ":" in address else "IPv4" for address, _ in answer.addresses("XOR-RELAYED-ADDRESS")]
    return f"200 {' '.join(sorted(families))}"


def same_again(probe):
    client = probe.known()
    message = Message(stun.ALLOCATE).transport().sign(client.login)
    first, second = client.ask(message), client.ask(message)
    client.relayed = [True]
    same = first.get("XOR-RELAYED-ADDRESS") == second.get("XOR-RELAYED-ADDRESS")
    return f"{code(first)}, {code(second)} {'the same address' if same else 'another'}"


def again_after_end(probe):
    client = probe.allocated()
    return f"{code(client.refresh(0))}, {code(client.allocate())}"


def reserved_pair(probe):
    client, second = probe.known(), probe.known()
    answer = client.allocate(lambda m: m.add("EVEN-PORT", b"\x80"))
    token = answer.get("RESERVATION-TOKEN")
    if token is None:
        return code(answer)
    claimed = second.allocate(lambda m: m.add("RESERVATION-TOKEN", token))
    return code(claimed) if claimed.code != 200 else f"200, port {second.relayed[0][1] - client.relayed[0][1]:+d}"


def quota(probe):
    clients = [probe.known() for _ in range(QUOTA + 1)]
    return " ".join(code(client.allocate()) for client in clients)


# -- Refresh
def refresh(fill):
    return lambda probe: (lambda client: signed(client, client.request(stun.REFRESH, fill)))(probe.allocated())


def refresh_twice_to_the_end(probe):
    client = probe.allocated()
    return f"{code(client.refresh(0))}, {code(client.refresh(0))}"


def refresh_family_of_single(family, lifetime=600):
    return refresh(lambda m: m.lifetime(lifetime).family(family))


def half_of_a_dual(probe):
    client = probe.known()
    if relays(client.allocate(lambda m: m.family(IPV6, "ADDITIONAL-ADDRESS-FAMILY"))) != "200 IPv4 IPv6":
        return "no dual allocation"
    gone = client.request(stun.REFRESH, lambda m: m.lifetime(0).family(IPV6))
    again = client.request(stun.REFRESH, lambda m: m.lifetime(600).family(IPV6))
    left = f"IPv4 {code(client.permit(probe.peer))}, all {code(client.refresh())}"
    return f"IPv6 {code(gone)}, again {code(again)}, {left}"


# -- permissions and channels
def one_bad_peer(probe):
    client = probe.allocated()
    answer = client.permit(probe.peer, LOOPBACK)
    return f"{code(answer)}, {comes_back(client, lambda: client.send(probe.peer, b'x'))}"


def rebind(first, second):
    def run(probe):
        client = probe.allocated()
        places = {"peer": probe.peer, "other port": (probe.peer[0], 7002)}
        return ", ".join(code(client.bind(number, places[peer])) for number, peer in (first, second))
    return run


def permission_by_binding(probe):
    client = probe.allocated()
    bound = code(client.bind(0x4000, probe.peer))
    return f"{bound}, {comes_back(client, lambda: client.send(probe.peer, b'x'))}"


# -- data
def sent(change, permitted=True):
    """A Send indication written by change(message, probe); whether its data reaches the peer."""
    def run(probe):
        client = probe.allocated()
        if permitted:
            client.permit(probe.peer)
        message = change(Message(stun.SEND, stun.INDICATION), probe)
        return comes_back(client, lambda: client.wire.send(message.octets()))
    return run


def on_channel(octets, transport="udp"):
    """ChannelData on 0x4000, which is bound; what of it comes back."""
    def run(probe):
        client = probe.allocated(transport=transport)
        client.bind(0x4000, probe.peer)
        (client.wire.send_raw if client.wire.is_stream else client.wire.send)(octets)
        received = client.receive(0.4)
        return "nothing" if received is None else f"{len(received[1])} octets"
    return run


def from_other_port(probe):
    client = probe.allocated()
    client.bind(0x4000, probe.peer)
    sender = probe.peer_host.socket()
    sender.sendto(b"x", client.relayed[0])
    received = client.receive(0.5)
    sender.close()
    return "nothing" if received is None else "ChannelData" if received[0] == 0x4000 else "Data indication"


def indication(change):
    def run(probe):
        client = probe.allocated()
        return unheard(client, change(probe).octets())
    return run


def stream(octets, seconds=1.0):
    """A TCP connection that begins like this: is it closed?"""
    def run(probe):
        wire = probe.client("tcp").wire
        wire.send_raw(octets)
        return "closed" if wire.is_closed(within=seconds) else "open"
    return run


def cross_request(method, fill):
    return after_allocation(lambda probe: (method, lambda m: fill(m, probe)))


def sha1_integrity_of(octets):
    return signed_with(lambda m, login: m.credentials(login).add("MESSAGE-INTEGRITY", bytes(octets)))
