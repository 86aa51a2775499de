"""icebox behind real reverse proxies, with the files of deploy/proxy."""
import asyncio
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import unittest

import websockets

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "process"))
from icebox_process import Icebox  # noqa: E402

CONFIGURATIONS = os.path.join(HERE, "..", "..", "deploy", "proxy")
STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"
NAME, CLIENT, OTHER_CLIENT = "ice.example.org", "127.0.0.77", "127.0.0.78"
FORGED = {"X-Forwarded-For": "203.0.113.99", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http",
          "Forwarded": "for=203.0.113.98;host=evil.example"}
TRUST = ('limits.forwarded_for_from=["127.0.0.1/32"]', "signaling.ice_test=true")
PROXY_PROTOCOL = ('limits.proxy_protocol_from=["127.0.0.1/32"]', "signaling.ice_test=true", f"realm={NAME}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Page(http.client.HTTPSConnection):
    """HTTPS to the proxy as a browser of `source` does it, by the server's name."""

    def __init__(self, port, source):
        super().__init__("127.0.0.1", port, timeout=10, source_address=(source, 0), context=unproven())
        self.server_name = NAME

    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=NAME)


def unproven():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Behind:
    """The tests, for each proxy. `configuration` of deploy/proxy, `exchanges` in it, `settings` of icebox."""
    configuration, prefix, settings, backend, toml = "", "", TRUST, "tcp", None
    exchanges = ()

    def setUp(self):
        self.icebox = Icebox(*self.settings, config=self.toml)
        self.icebox.__enter__()
        self.addCleanup(self.icebox.__exit__)
        self.directory, self.port = self.icebox.directory, free_port()
        self.certificate, self.key, self.both = (os.path.join(self.directory, name) for name in ("c.pem", "k.pem", "b.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", self.key, "-out", self.certificate, "-subj", f"/CN={NAME}", "-addext",
                        f"subjectAltName=DNS:{NAME}", "-days", "30"], check=True, capture_output=True)
        with open(self.both, "w", encoding="ascii") as both:
            both.writelines(open(name, encoding="ascii").read() for name in (self.certificate, self.key))
        self.start_proxy()
        self.origin = f"https://{NAME}:{self.port}"
        self.base = self.origin + self.prefix

    def configured(self):
        """The file of deploy/proxy, with what this run has in place of what it names."""
        with open(os.path.join(CONFIGURATIONS, self.configuration), encoding="utf-8") as file:
            text = file.read()
        exchanges = [(text_, new.format(self=self, backend=self.icebox.port(self.backend))) for text_, new in self.exchanges]
        for old, new in exchanges:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return text

    def run_proxy(self, *command):
        log = open(os.path.join(self.directory, "proxy.log"), "w", encoding="utf-8")
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.directory,
                                   env={**os.environ, "HOME": self.directory, "XDG_DATA_HOME": self.directory})

        def stop():
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.close()
        self.addCleanup(stop)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                self.assertIsNone(process.poll(), open(log.name, encoding="utf-8").read())
                self.assertLess(time.monotonic(), deadline, open(log.name, encoding="utf-8").read())
                time.sleep(0.05)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def ask(self, method, path, body=None, source=CLIENT, **fields):
        """(status, fields, body); JSON is read. Underscores in the names of fields are hyphens."""
        connection = Page(self.port, source)
        self.addCleanup(connection.close)
        headers = {"Host": f"{NAME}:{self.port}", **{name.replace("_", "-"): value for name, value in fields.items()}}
        connection.request(method, self.prefix + path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, answer, json.loads(text) if "json" in answer.getheader("Content-Type", "") else text.decode()

    def operator(self, *words):
        status, out, error = self.icebox.command(*words, "--json")
        self.assertEqual(status, 0, error)
        return json.loads(out)

    def redeem(self, source=CLIENT, name="laptop", **fields):
        """A new peer's token, by an invitation that the page redeems."""
        link = self.operator("peer", "invite", "alice", "--url", self.base)["url"]
        status, _, answer = self.ask("POST", "/api/invitations/redeem",
                                     {"invitation": link.partition("#invite=")[2], "name": name}, source,
                                     Origin=self.origin, **fields)
        self.assertEqual(status, 201, answer)
        return answer["token"]

    async def open(self, path, origin, **options):
        return await websockets.connect(
            f"wss://{NAME}:{self.port}{self.prefix}{path}", host="127.0.0.1", port=self.port, ssl=unproven(),
            server_hostname=NAME, local_addr=(CLIENT, 0), origin=origin, open_timeout=10, **options)

    def first_frame(self, path, origin, **options):
        async def frame():
            socket_ = await self.open(path, origin, **options)
            try:
                return json.loads(await asyncio.wait_for(socket_.recv(), 10))
            finally:
                await socket_.close()
        return asyncio.run(frame())

    def test_the_page_and_all_that_it_names(self):
        status, answer, page = self.ask("GET", "/")
        self.assertEqual((status, answer.getheader("Cross-Origin-Opener-Policy")), (200, "same-origin"))
        self.assertIn("camera=(self)", answer.getheader("Permissions-Policy"))
        names = re.findall(r'(?:src|href)="([^"#]+)"', page)
        self.assertGreater(len(names), 2)
        for name in names:
            self.assertFalse(name.startswith("/") or "://" in name, name)  # beside the page, wherever that is
            self.assertEqual(self.ask("GET", "/" + name)[0], 200, name)

    def test_an_invitation_is_redeemed_and_the_audit_has_the_true_source(self):
        self.redeem(**FORGED)
        self.assertIn(CLIENT, json.dumps(self.operator("peer", "audit")))
        self.assertNotIn("203.0.113.9", json.dumps(self.operator("peer", "audit")))

    def test_invitations_made_here_lead_here(self):
        status, _, answer = self.ask("POST", "/api/invitations", {}, Authorization=f"Bearer {self.redeem()}", **FORGED)
        self.assertEqual(status, 201, answer)
        self.assertEqual(answer["url"].partition("#")[0], self.base + "/")

    def test_the_pages_websocket_is_welcome_and_a_foreign_pages_is_told_why_not(self):
        token = {"subprotocols": ["icebox.v1", f"icebox.token.{self.redeem()}"]}
        self.assertEqual(self.first_frame("/ws", self.origin, **token)["name"], "laptop")
        with self.assertRaises(websockets.InvalidStatusCode) as refused:
            self.first_frame("/ws", "https://evil.example", **token)
        self.assertEqual(refused.exception.status_code, 403)
        status, _, problem = self.ask("POST", "/api/invitations/redeem", {"invitation": "x", "name": "y"},
                                      Origin="https://evil.example")
        self.assertEqual(status, 403)
        self.assertIn("https://evil.example", problem["detail"])
        self.assertIn(f"{NAME}:{self.port}", problem["detail"])

    def test_peerjs(self):
        frame = self.first_frame("/peerjs/peerjs?key=peerjs&id=me&token=t&version=1", self.origin)
        self.assertEqual(frame["type"], "OPEN")

    def test_lines_of_receive_come_at_once(self):
        connection = Page(self.port, CLIENT)
        self.addCleanup(connection.close)
        connection.request("GET", self.prefix + "/receive?id=me", headers={"Host": f"{NAME}:{self.port}"})
        answer = connection.getresponse()  # its header came: nobody waits for a body
        for number in "12":
            self.assertEqual(self.ask("POST", "/send", {"to": "me", "content": number})[0], 200)
            self.assertEqual(json.loads(answer.readline())["content"], number)

    def test_one_clients_wrong_tokens_shut_nobody_else_out(self):
        def ask(source):
            return self.ask("GET", "/api/ice-servers", source=source, Authorization="Bearer ibx_wrong")[0]
        statuses = [ask(CLIENT) for _ in range(35)]
        self.assertEqual((statuses[0], statuses[-1]), (401, 429))
        self.assertEqual(ask(OTHER_CLIENT), 401)


class NginxHttp(Behind):
    configuration = "nginx.conf"
    exchanges = (("listen 443 ssl", "listen 127.0.0.1:{self.port} ssl"), ("127.0.0.1:8080", "127.0.0.1:{backend}"),
                 ("/etc/ssl/ice.example.org.pem", "{self.certificate}"), ("/etc/ssl/ice.example.org.key", "{self.key}"))
    MAIN = "daemon off; pid nginx.pid; error_log stderr; worker_processes 1; events {{ }}\n"
    HTTP = MAIN + """http {{
      access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
      {}
    }}"""

    def start_proxy(self):
        path = self.write("nginx.conf", self.HTTP.format(self.configured()))
        self.run_proxy("/usr/sbin/nginx", "-p", self.directory, "-c", path)


class Nginx(NginxHttp, unittest.TestCase):
    pass


class NginxSubpath(NginxHttp, unittest.TestCase):
    configuration, prefix = "nginx-subpath.conf", "/rtc"


class UnstrippedSubpath(NginxHttp, unittest.TestCase):
    """A proxy that passes the path on as it is, and says nothing of it: signaling.public_url does."""
    prefix, settings, toml = "/rtc", (), ""

    def setUp(self):
        super().setUp()
        toml = ('[limits]\nforwarded_for_from = ["127.0.0.1/32"]\n[signaling]\nice_test = true\n'
                f'public_url = "{self.base}/"\n')
        self.icebox.write_config(toml)
        status, out, error = self.icebox.command("reload")
        self.assertEqual(status, 0, error)
        self.assertIn("signaling.public_url: applied", out)

    def test_without_its_slash_the_page_is_still_found(self):
        status, answer, _ = self.ask("GET", "")
        self.assertEqual((status, answer.getheader("Location")), (307, self.base + "/"))


class NginxStream(Behind, unittest.TestCase):
    configuration, settings, backend = "nginx-stream.conf", PROXY_PROTOCOL, "tls"
    exchanges = (("listen 443;", "listen 127.0.0.1:{self.port};"), ("127.0.0.1:8443", "127.0.0.1:{backend}"))

    def start_proxy(self):
        text = f"load_module {STREAM_MODULE};\n" + NginxHttp.MAIN.format() + self.configured()
        self.run_proxy("/usr/sbin/nginx", "-p", self.directory, "-c", self.write("nginx.conf", text))


class Haproxy(Behind):
    def start_proxy(self):
        self.run_proxy("/usr/sbin/haproxy", "-db", "-f", self.write("haproxy.cfg", self.configured()))


class HaproxyHttp(Haproxy, unittest.TestCase):
    configuration = "haproxy-http.cfg"
    exchanges = (("bind :443 ", "bind 127.0.0.1:{self.port} "), ("127.0.0.1:8080", "127.0.0.1:{backend}"),
                 ("/etc/ssl/ice.example.org.both.pem", "{self.both}"))


class HaproxyTcp(Haproxy, unittest.TestCase):
    configuration, settings, backend = "haproxy-tcp.cfg", PROXY_PROTOCOL, "tls"
    exchanges = (("bind :443\n", "bind 127.0.0.1:{self.port}\n"), ("127.0.0.1:8443", "127.0.0.1:{backend}"))


class HaproxyTcpVersion1(HaproxyTcp):
    exchanges = (*HaproxyTcp.exchanges, ("send-proxy-v2", "send-proxy"))


class Caddy(Behind, unittest.TestCase):
    configuration = "Caddyfile"
    exchanges = (("ice.example.org {", "https://ice.example.org:{self.port} {{\n\ttls {self.certificate} {self.key}"),
                 ("127.0.0.1:8080", "127.0.0.1:{backend}"))

    def start_proxy(self):
        options = "{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system caddy\n}\n"
        path = self.write("Caddyfile", options + self.configured())
        self.run_proxy("/usr/bin/caddy", "run", "--config", path, "--adapter", "caddyfile")


class Misconfigured(unittest.TestCase):
    """What an operator hears when proxy and server do not fit."""

    def start(self, *settings):
        icebox = Icebox(*settings)
        icebox.__enter__()
        self.addCleanup(icebox.__exit__)
        return icebox

    def told(self, icebox, *words):
        deadline = time.monotonic() + 10
        while not all(word in icebox.stderr() for word in words):
            self.assertLess(time.monotonic(), deadline, icebox.stderr())
            time.sleep(0.1)

    def get(self, port, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.addCleanup(connection.close)
        connection.request(headers.pop("method", "GET"), headers.pop("path", "/"), headers=headers)
        return connection.getresponse()

    def test_forwarded_fields_of_an_address_that_is_not_trusted_are_reported_once_a_minute(self):
        icebox = self.start()
        for _ in range(20):
            self.assertEqual(self.get(icebox.port("tcp"), **{"X-Forwarded-For": "203.0.113.9"}).status, 200)
        self.told(icebox, "forwarded_not_believed", "source=127.0.0.1", "limits.forwarded_for_from")
        self.assertEqual(icebox.stderr().count("forwarded_not_believed"), 1)

    def test_a_foreign_name_and_a_foreign_page_are_refused_and_reported(self):
        icebox = self.start()
        refused = self.get(icebox.port("tcp"), Host="evil.example")
        self.assertEqual(refused.status, 421)
        self.assertIn("evil.example", json.loads(refused.read())["detail"])
        self.told(icebox, "host_refused", "signaling.public_url")
        refused = self.get(icebox.port("tcp"), method="POST", path="/api/register", Origin="https://evil.example")
        self.assertEqual(refused.status, 403)
        self.told(icebox, "origin_refused", "https://evil.example", "signaling.allowed_origins")

    def test_why_a_proxied_connection_was_closed_is_reported(self):
        for settings, octets, reason in (
                (PROXY_PROTOCOL, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "no PROXY header"),
                (PROXY_PROTOCOL, b"PROXY TCP4 a b c d\r\n", "malformed PROXY header of version 1"),
                ((), b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "limits.proxy_protocol_from")):
            icebox = self.start(*settings)
            with socket.create_connection(("127.0.0.1", icebox.port("tcp")), timeout=10) as connection:
                connection.sendall(octets)
                self.assertEqual(connection.recv(100), b"")
            self.told(icebox, "proxied_connection_closed", "source=127.0.0.1", reason)


if __name__ == "__main__":
    unittest.main()
