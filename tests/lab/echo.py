"""A peer that sends back what it gets."""

import contextlib
import socket
import threading

PORT = 7000


class Echo(threading.Thread):
    """The peer: sends back every datagram that reaches PORT."""

    def __init__(self, host):
        super().__init__(daemon=True)
        self.socket = host.socket(socket.AF_INET6, timeout=None)
        self.socket.bind(("::", PORT))
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                self.socket.sendto(*self.socket.recvfrom(65535))
