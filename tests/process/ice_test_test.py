"""The ice-test dialect of the running server: /send and /receive."""
import http.client
import json
import socket
import threading
import time
import unittest
import urllib.error
import urllib.request

from icebox_process import Icebox

ON = "[signaling]\nice_test = true\n"
OFF = "[signaling]\nice_test = false\n"


class Receiver:
    """A GET /receive that goes on; its answer's lines by `line()`."""

    def __init__(self, port, id, method="GET", version="1.1", fields=""):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.sendall(f"{method} /receive?id={id} HTTP/{version}\r\nHost: localhost\r\n{fields}\r\n".encode())
        self.file = http.client.HTTPResponse(self.socket, method=method)
        self.file.begin()
        self.status = self.file.status

    def line(self):
        """The next message; None: the answer has ended."""
        line = self.file.readline()
        return json.loads(line) if line else None

    def close(self):
        self.file.close()
        self.socket.close()


class IceTest(unittest.TestCase):
    def setUp(self):
        self.icebox = Icebox("limits.http_requests_per_second=100000", config=ON)
        self.icebox.__enter__()
        self.addCleanup(self.icebox.__exit__)
        self.port = self.icebox.port("tcp")

    def receive(self, id, method="GET"):
        receiver = Receiver(self.port, id, method)
        self.addCleanup(receiver.close)
        return receiver

    def post(self, body, origin=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/send", data=data)
        if origin:
            request.add_header("Origin", origin)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read()).get("detail")

    def test_messages_go_to_the_name_as_lines_in_order(self):
        answerer = self.receive("answer-peer-1")
        self.assertEqual(answerer.status, 200)
        sent = [{"type": "offer", "content": "v=0\r\n\"x\" \u00fc", "to": "answer-peer-1", "from": "offer-peer-1"}]
        sent += [{**sent[0], "type": "candidate", "content": f"candidate:{i}"} for i in range(20)]
        for message in sent:
            self.assertEqual(self.post({**message, "more": 1}), (200, b""))
        self.assertEqual([answerer.line() for _ in sent], sent)
        self.assertEqual(self.post({"to": "answer-peer-1", "type": None})[0], 200)
        self.assertEqual(answerer.line(), {"type": "", "content": "", "to": "answer-peer-1", "from": ""})

    def test_what_cannot_be_sent_is_refused(self):
        for body in (b"", b"{", b"[]", b"7", {"to": 7}, {"to": "a", "content": {"sdp": "x"}}, b'{"to":"\xff"}'):
            self.assertEqual(self.post(body)[0], 400, body)
        for to in ("nobody", "", "x" * 300):
            self.assertEqual(self.post({"to": to}), (404, "recipient not found"))
        self.assertEqual(self.post({"to": "a", "content": "x" * 70000})[0], 413)
        for id in ("", "x" * 257, "%ff"):
            self.assertEqual(self.receive(id).status, 400, id)
        self.assertEqual(self.receive("a", "HEAD").status, 405)

    def test_the_last_who_asks_has_the_name(self):
        first, second = self.receive("a"), self.receive("a")
        self.assertIsNone(first.line())
        self.post({"to": "a", "content": "1"})
        self.assertEqual(second.line()["content"], "1")
        second.close()
        deadline = time.monotonic() + 10
        while self.post({"to": "a"})[0] != 404:
            self.assertLess(time.monotonic(), deadline)

    # Its own server waits for such a receiver, and with it every sender.
    def test_a_receiver_that_does_not_read_holds_nobody_up_and_is_let_go(self):
        self.receive("stuck")
        other = self.receive("other")
        answers = []
        for number in range(1000):
            answers.append(self.post({"to": "stuck", "content": "x" * 60000})[0])
            if answers[-1] != 200:
                break
        self.assertEqual(answers[-1], 404)
        self.assertEqual(self.post({"to": "other", "content": "still here"})[0], 200)
        self.assertEqual(other.line()["content"], "still here")

    def test_many_senders_at_once(self):
        receiver = self.receive("a")
        threads = [threading.Thread(target=lambda: [self.post({"to": "a"}) for _ in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        self.assertEqual(len([receiver.line() for _ in range(200)]), 200)
        for thread in threads:
            thread.join()

    def test_no_proxy_need_hold_the_lines_back(self):
        receiver = self.receive("a")
        self.assertEqual(receiver.file.getheader("X-Accel-Buffering"), "no")
        self.assertEqual(receiver.file.getheader("Transfer-Encoding"), "chunked")
        old = Receiver(self.port, "b", version="1.0")
        self.addCleanup(old.close)
        self.assertIsNone(old.file.getheader("Transfer-Encoding"))
        for name, of in (("a", receiver), ("b", old)):
            self.post({"to": name, "content": "x"})
            self.assertEqual(of.line()["content"], "x")
        again = self.receive("a")
        self.assertIsNone(receiver.line())  # a whole last chunk: no IncompleteRead
        again.close()

    def test_pages_of_other_origins_may_not(self):
        self.receive("a")
        self.assertEqual(self.post({"to": "a"}, "https://elsewhere.example")[0], 403)
        self.assertEqual(self.post({"to": "a"}, f"http://127.0.0.1:{self.port}")[0], 200)

    def test_it_is_off_unless_turned_on_and_a_reload_turns_it_off(self):
        receiver = self.receive("a")
        self.icebox.write_config(OFF)
        self.assertEqual(self.icebox.command("reload")[0], 0)
        self.assertIsNone(receiver.line())
        self.assertEqual(self.receive("a").status, 404)
        self.assertEqual(self.post({"to": "a"})[0], 404)
        with Icebox() as fresh:
            self.assertEqual(Receiver(fresh.port("tcp"), "a").status, 404)

    def test_a_server_that_ends_ends_its_answers(self):
        receiver = self.receive("a")
        self.icebox.__exit__()
        self.assertEqual(self.icebox.status, 0)
        self.assertIsNone(receiver.line())

    def test_nothing_is_logged_of_it(self):
        self.receive("my-secret-id")
        self.post({"to": "my-secret-id", "content": "my-secret-text"})
        self.assertNotIn("my-secret", self.icebox.stderr())


if __name__ == "__main__":
    unittest.main()
