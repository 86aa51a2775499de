"""Pages of allowed origins: what they may read of the running server, early answers too."""
import http.client
import json
import time
import unittest

from icebox_process import Icebox

APP, EVIL = "https://a.apps.example.org", "https://evil.example"
ALLOWED = 'signaling.allowed_origins=["https://*.apps.example.org","http://localhost:*","null"]'
REQUESTS = (("POST", "/send"), ("GET", "/receive"), ("POST", "/verify"), ("GET", "/turn"), ("POST", "/turn"),
            ("POST", "/iceservers"), ("POST", "/v1/turn/keys/x/credentials/generate-ice-servers"),
            ("GET", "/api/ice-servers"), ("GET", "/client/index.js"), ("GET", "/peerjs/peerjs/id"))


class Cors(unittest.TestCase):
    def start(self, *settings):
        icebox = Icebox(ALLOWED, "signaling.ice_test=true", *settings)
        icebox.__enter__()
        self.addCleanup(icebox.__exit__)
        return icebox.port("tcp")

    def ask(self, port, method, path, origin, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.addCleanup(connection.close)
        connection.request(method, path, headers={"Origin": origin, **headers})
        return connection.getresponse()

    def allowed(self, *arguments, **headers):
        return self.ask(*arguments, **headers).getheader("Access-Control-Allow-Origin")

    def test_an_allowed_page_may_read_what_others_servers_clients_ask(self):
        port = self.start()
        for method, path in REQUESTS:
            for origin in (APP, "http://localhost:5173", "null"):
                self.assertEqual(self.allowed(port, method, path, origin), origin, path)
                preflight = self.ask(port, "OPTIONS", path, origin, **{"Access-Control-Request-Method": method})
                self.assertEqual((preflight.status, preflight.getheader("Access-Control-Allow-Origin")), (204, origin), path)
                self.assertIn(method, preflight.getheader("Access-Control-Allow-Methods"))
            for origin in (EVIL, "https://apps.example.org", "http://a.apps.example.org", "https://localhost:5173"):
                self.assertIsNone(self.allowed(port, method, path, origin), (path, origin))

    def test_a_stream_may_be_read_too(self):
        self.assertEqual(self.allowed(self.start(), "GET", "/receive?id=me", APP), APP)

    def test_answers_that_ask_no_route_may_be_read_too(self):
        port = self.start("limits.http_requests_per_second=1")
        answers = [self.ask(port, "POST", "/verify", APP) for _ in range(12)]
        self.assertEqual(answers[-1].status, 429)
        self.assertEqual({answer.getheader("Access-Control-Allow-Origin") for answer in answers}, {APP})
        self.assertIn("Retry-After", answers[-1].getheader("Access-Control-Expose-Headers"))
        port = self.start()
        misdirected = self.ask(port, "POST", "/verify", APP, Host="evil.example")
        self.assertEqual((misdirected.status, misdirected.getheader("Access-Control-Allow-Origin")), (421, APP))
        refused = self.ask(port, "POST", "/send", APP, **{"Content-Length": "999999999"})
        self.assertEqual((refused.status, refused.getheader("Access-Control-Allow-Origin")), (413, APP))


class JanusAndDraftUberti(unittest.TestCase):
    def test_service_turn_gets_its_shape_by_any_method_and_parameter(self):
        with Icebox() as icebox:
            token = icebox.command("peer", "add", "alice", "laptop", "--json")[1]
            token = json.loads(token)["token"]
            port = icebox.port("tcp")

            def ask(method, path):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                self.addCleanup(connection.close)
                connection.request(method, path, "service=turn" if method == "POST" else None)
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read())
            deadline = time.monotonic() + 10
            while ask("GET", f"/turn?key={token}")[0] == 401:  # a running server knows new peers within a second
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
            for method in ("GET", "POST", "PUT"):
                for key in ("key", "api"):
                    status, body = ask(method, f"/turn?service=turn&{key}={token}&username=x")
                    self.assertEqual((status, sorted(body)), (200, ["password", "ttl", "uris", "username"]), (method, key))
            status, body = ask("POST", f"/turn?key={token}")
            self.assertEqual((status, sorted(body[0])), (200, ["credential", "credentialType", "urls", "username"]))
            self.assertEqual(ask("POST", "/turn?service=turn&api=ibx_wrong")[0], 401)


if __name__ == "__main__":
    unittest.main()
