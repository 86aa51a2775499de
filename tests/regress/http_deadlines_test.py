"""limits.idle_deadline and limits.first_message_deadline were read, checked, and not handed to the HTTP server, which
kept an idle connection for a minute and half a request for twenty seconds whatever was configured."""

import os
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "process"))
from icebox_process import Icebox

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
SLACK_SECONDS = 2


class HttpDeadlines(unittest.TestCase):
    def seconds_until_closed(self, icebox, octets):
        with socket.create_connection(("127.0.0.1", icebox.port("tcp")), timeout=10) as connection:
            connection.sendall(octets)
            started = time.monotonic()
            while connection.recv(4096):
                pass
            return time.monotonic() - started

    def test_an_idle_connection_is_closed_in_time(self):
        with Icebox("limits.idle_deadline=1s") as icebox:
            self.assertLess(self.seconds_until_closed(icebox, REQUEST), 1 + SLACK_SECONDS)

    def test_half_a_request_is_given_up_in_time(self):
        with Icebox("limits.first_message_deadline=1s") as icebox:
            self.assertLess(self.seconds_until_closed(icebox, REQUEST[:-2]), 1 + SLACK_SECONDS)


if __name__ == "__main__":
    unittest.main()
