"""TURN clients of a server that a test started on loopback; tests/lab/turn_client.py says what they can do."""
import base64
import hashlib
import hmac
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import turn_client

HOST = "127.0.0.1"
PEERS_ON_LOOPBACK = 'relay.allow_peers=["127.0.0.0/8"]'


class _Here:
    """Stands for a host of the lab: this one."""

    @staticmethod
    def socket(family=socket.AF_INET, kind=socket.SOCK_DGRAM, timeout=5.0):
        sock = socket.socket(family, kind)
        sock.settimeout(timeout)
        return sock


def client(icebox, user, password, transport="udp", host=HOST, port=None):
    """Connected, nothing asked yet."""
    wire = turn_client.connect(transport, _Here, (host, port or icebox.port("udp" if transport == "dtls" else transport)))
    return turn_client.TurnClient(wire, user, password)


def rest_credential(secret, user, seconds=600):
    """(username, password) as a web application mints them."""
    username = f"{int(time.time()) + seconds}:{user}"
    return username, base64.b64encode(hmac.digest(secret.encode(), username.encode(), hashlib.sha1)).decode()


def wait_until(holds, seconds=10):
    deadline = time.monotonic() + seconds
    while not (result := holds()):
        if time.monotonic() > deadline:
            return result
        time.sleep(0.05)
    return result
