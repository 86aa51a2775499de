"""How compare_cases.py asks a server and puts what it saw into words."""

import itertools
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import turn_client
import turn_message as stun
import turn_server
from turn_message import Login, Message

OTHER = ("carol", "carol's password")
SPECIAL = ("FINGERPRINT", "SOFTWARE")  # compared by cases of their own, not in every one


class Probe:
    """One server under one case: clients made here are gone after it."""

    def __init__(self, server, client_host, peer):
        self.server, self.host, self.peer_host = server, client_host, peer
        self.peer, self.peer6 = (peer.ipv4, 7000), (peer.ipv6, 7000)
        self._clients = []

    _next_port = itertools.count(20000)  # a new one for each client: coturn remembers those that have left

    def client(self, transport="udp", user=(turn_server.USER, turn_server.PASSWORD)):
        port = turn_server.TLS_PORT if transport == "tls" else turn_server.PORT
        wire = turn_client.connect(transport, self.host, (self.server.host.ipv4, port),
                                   bind=(self.host.ipv4, next(self._next_port)))
        wire.timeout = 2
        self._clients.append(turn_client.TurnClient(wire, *user))
        return self._clients[-1]

    def known(self, **options):
        """Challenged, so that its requests can be signed."""
        client = self.client(**options)
        client.challenge()
        return client

    def allocated(self, fill=None, **options):
        client = self.known(**options)
        answer = client.allocate(fill)
        if answer.code != 200:
            raise AssertionError(f"Allocate: {answer.code}")
        return client

    def end(self):
        for client in self._clients:
            if client.relayed:
                try:
                    client.refresh(0)
                except (turn_client.Closed, OSError, ValueError):
                    pass
            client.close()


def code(answer):
    return str(answer.code) if answer.code else "silence"


def names(answer):
    """The code and the attributes, in the order of their names."""
    return " ".join([code(answer)] + sorted(name for name in answer.names() if name not in SPECIAL + ("ERROR-CODE",)))


def signed(client, answer):
    if not answer.code:
        return "silence"
    return f"{answer.code} {'signed' if answer.is_signed(client.login.key()) else 'unsigned'}"


def unheard(client, octets):
    """What comes back for a message that should have no answer."""
    client.wire.send(octets)
    try:
        others = client.answers_before_fence()
    except turn_client.Closed:
        return "closed"
    return ", ".join(describe(frame) for frame in others) or "silence"


def describe(frame):
    try:
        return code(stun.Answer(frame))
    except ValueError:
        return "an answer of RFC 3489"


def after_allocation(fill_of_method):
    """A request of a client that has an allocation; fill_of_method(probe) is (method, fill)."""
    def run(probe):
        client = probe.allocated()
        method, fill = fill_of_method(probe)
        return signed(client, client.request(method, fill))
    return run


def without_allocation(method, fill):
    def run(probe):
        client = probe.known()
        return signed(client, client.request(method, lambda m: fill(m, probe)))
    return run


def allocate(fill, transport=True, show=code):
    def run(probe):
        client = probe.known()
        answer = client.allocate(fill) if transport else client.request(stun.ALLOCATE, fill)
        client.relayed = [True]
        return show(answer)
    return run


def permit(*peers):
    return after_allocation(lambda probe: (stun.CREATE_PERMISSION, lambda m: [
        m.peer(probe.peer if peer == "peer" else probe.peer6 if peer == "peer6" else peer) for peer in peers]))


def bind(number, peer="peer"):
    return after_allocation(lambda probe: (stun.CHANNEL_BIND, lambda m: m.channel(number).peer(
        probe.peer if peer == "peer" else probe.peer6 if peer == "peer6" else peer)))


def by_other_user(method, fill):
    def run(probe):
        client = probe.allocated()
        other = Login(*OTHER, client.login.realm, client.login.nonce)
        answer = client.request(method, lambda m: fill(m, probe), login=other)
        return f"{code(answer)}, then {code(client.refresh())}"
    return run


def signed_with(change, **fields):
    """An Allocate signed by the login with `fields` changed, written by change(message, login)."""
    def run(probe):
        client = probe.known()
        login = client.login.but(**fields)
        message = Message(stun.ALLOCATE).transport()
        change(message, login)
        client.relayed = [True]
        return names(client.ask(message))
    return run


def comes_back(client, send):
    """Whether what send() sends reaches the peer, which sends it back."""
    send()
    return "relayed" if client.receive(0.4) else "nothing"
