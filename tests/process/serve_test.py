"""What users see: start-up, commands beside a running server, exit statuses, reload."""
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

from icebox_process import Icebox, http_get, run


def wait_until(holds, seconds=10):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class StartUp(unittest.TestCase):
    def test_prints_listeners_a_snippet_and_ready_and_ends_in_order(self):
        with Icebox() as icebox:
            banner = "".join(icebox.banner)
            self.assertRegex(banner, r"realm test\.example\.org")
            self.assertRegex(banner, r"udp 127\.0\.0\.1:\d+ +127\.0\.0\.1:\d+ +STUN, TURN")
            self.assertRegex(banner, r"certificate: self-signed, SHA-256 [0-9A-F:]{95}, until \d{4}-\d\d-\d\d")
            urls = json.loads(re.search(r"ICE servers: (\[.*\]); a credential for them:  icebox credential\n", banner).group(1))
            self.assertIn(f"turn:127.0.0.1:{icebox.port('udp')}?transport=udp", urls)
        self.assertEqual(icebox.status, 0)

    def test_what_goes_to_no_terminal_holds_no_secret(self):
        with Icebox() as icebox:  # a pipe, as a journal or the log of a container
            shown = "".join(icebox.banner) + icebox.stderr()
            self.assertNotRegex(shown, r'"credential"|"username"|#invite=|ibx_')
            self.assertIn("icebox credential", shown)
            self.assertIn("icebox peer invite admin", shown)

    def test_keeps_its_secret_to_itself_and_over_a_restart(self):
        with Icebox() as icebox:
            file = os.path.join(icebox.data, "secret")
            self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
            with open(file, encoding="utf-8") as opened:
                secret = opened.read().strip()
            self.assertNotIn(secret, "".join(icebox.banner) + icebox.stderr())
            minted = json.loads(icebox.command("credential", "--user", "carol")[1])
            self.assertEqual(icebox.command("verify-credential", minted["username"], minted["password"])[0], 0)

    def test_a_port_in_use_is_exit_1_with_the_address(self):
        for kind, scheme in ((socket.SOCK_DGRAM, "udp"), (socket.SOCK_STREAM, "tcp")):
            with self.subTest(scheme), socket.socket(socket.AF_INET, kind) as taken:
                taken.bind(("127.0.0.1", 0))
                if kind == socket.SOCK_STREAM:
                    taken.listen()
                address = f"127.0.0.1:{taken.getsockname()[1]}"
                icebox = Icebox(f'listen=["{scheme}://{address}"]')
                status, _, error = icebox.command("serve")
                self.assertEqual(status, 1)
                self.assertIn(address, error)
                self.assertEqual(error.count("\n"), 1)

    def test_a_second_server_on_the_same_udp_port_is_refused(self):
        with Icebox() as first:
            second = Icebox(f'listen=["udp://127.0.0.1:{first.port("udp")}"]')
            status, _, error = second.command("serve")
            self.assertEqual(status, 1)
            self.assertIn(str(first.port("udp")), error)

    def test_a_second_server_on_the_same_data_directory_is_refused(self):
        with Icebox() as icebox:
            status, _, error = icebox.command("serve")
            self.assertEqual(status, 1)
            self.assertIn("another icebox", error)

    def test_an_unknown_key_is_exit_2_with_the_nearest(self):
        status, _, error = run("serve", "--set", "relm=x")
        self.assertEqual(status, 2)
        self.assertIn("--set #1", error)
        self.assertIn("realm", error)

    def test_a_certificate_that_cannot_be_read_is_exit_1_and_no_start_without_tls(self):
        icebox = Icebox("tls.certificate=/nowhere/cert.pem", "tls.key=/nowhere/key.pem")
        status, _, error = icebox.command("serve")
        self.assertEqual(status, 1)
        self.assertIn("/nowhere/", error)


class DomainName(unittest.TestCase):
    """Firefox ignores turns: URLs with an address: they have the realm where a certificate is for it."""

    def with_certificate_for(self, name, days=30):
        directory = tempfile.mkdtemp(prefix="icebox-test-")
        self.addCleanup(shutil.rmtree, directory)
        files = [os.path.join(directory, file) for file in ("cert.pem", "key.pem")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                        "-out", files[0], "-keyout", files[1], "-subj", f"/CN={name}", "-days", str(days), "-addext",
                        f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
        return Icebox(f"tls.certificate={files[0]}", f"tls.key={files[1]}")

    def test_the_realm_is_in_the_urls_if_the_certificate_is_for_it(self):
        with self.with_certificate_for("test.example.org") as icebox:
            self.assertIn(f'"turns:test.example.org:{icebox.port("tls")}?transport=tcp"', "".join(icebox.banner))
            self.assertNotIn("no domain name", "".join(icebox.banner))
            minted = json.loads(icebox.command("credential")[1])
            self.assertIn("turns:test.example.org:0?transport=tcp", minted["uris"])

    def test_without_such_a_certificate_the_banner_says_what_is_missing(self):
        for icebox in (self.with_certificate_for("www.example.org"), Icebox()):
            with icebox:
                banner = "".join(icebox.banner)
                self.assertIn(f'"turns:127.0.0.1:{icebox.port("tls")}?transport=tcp"', banner)
                self.assertRegex(banner, r"! no domain name: .*Firefox.*set realm .*tls\.certificate")

    def test_a_certificate_that_is_about_to_end_is_told_with_the_cure(self):
        for days, told in ((3, True), (30, False)):
            with self.with_certificate_for("test.example.org", days) as icebox:
                hint = re.search(r"! the certificate ends within (\d+) days; .*run: icebox reload", "".join(icebox.banner))
                self.assertEqual(hint and int(hint.group(1)) in (days, days + 1), True if told else None)


class Commands(unittest.TestCase):
    def test_check_config_warns_of_what_start_up_would(self):
        status, out, error = Icebox("auth.username_anonymity=true").command("check-config")
        self.assertEqual(status, 0)
        self.assertIn("username_anonymity = true", out)
        self.assertRegex(error, r"warning: auth\.username_anonymity is on: .*REST credentials")

    def test_users_are_added_listed_changed_and_removed(self):
        with Icebox() as icebox:
            self.assertEqual(icebox.command("user", "add", "bob", "--password", "hunter22")[0], 0)
            self.assertEqual(icebox.command("user", "add", "bob", "--password", "other")[0], 1)
            users = json.loads(icebox.command("user", "list", "--json")[1])
            self.assertEqual([user["name"] for user in users], ["bob"])
            self.assertEqual(icebox.command("verify-credential", "bob", "hunter22")[0], 0)
            self.assertEqual(icebox.command("user", "passwd", "bob", stdin="better\n")[0], 0)
            self.assertEqual(icebox.command("verify-credential", "bob", "hunter22")[0], 1)
            self.assertEqual(icebox.command("verify-credential", "bob", "better")[0], 0)
            known = lambda: json.loads(icebox.command("status", "--json")[1])["users"]
            self.assertTrue(wait_until(lambda: known() == 1))
            self.assertEqual(icebox.command("user", "remove", "bob")[0], 0)
            self.assertTrue(wait_until(lambda: known() == 0))

    def test_verify_credential_says_exactly_why_not(self):
        icebox = Icebox('auth.secret="0123456789abcdef0123"', 'auth.users={alice="password"}')
        for username, password, reason in (
            ("alice", "wrong", "wrong password"),
            ("nobody", "x", "no such user"),
            ("1000:x", "x", "expired"),
            ("99999999999:x", "x", "max_credential_ttl"),
            (f"{int(time.time()) + 600}:x", "x", "not the HMAC"),
        ):
            with self.subTest(username):
                status, out, _ = icebox.command("verify-credential", username, password)
                self.assertEqual(status, 1)
                self.assertIn(reason, out)

    def test_explain_peer_names_the_rule(self):
        icebox = Icebox('relay.allow_peers=["10.1.0.0/16:1024-65535"]', 'relay.deny_peers=["198.41.0.0/24"]')
        for peer, allowed, rule in (
            ("10.0.0.1", False, "10.0.0.0/8"),
            ("10.1.2.3:2000", True, "relay.allow_peers"),
            ("10.1.2.3:80", False, "10.0.0.0/8"),
            ("198.41.0.4", False, "relay.deny_peers"),
            ("::ffff:127.0.0.1", False, "IPv4-mapped"),
            ("8.8.8.8", True, "default"),
        ):
            with self.subTest(peer):
                answer = json.loads(icebox.command("explain", "peer", peer, "--json")[1])
                self.assertEqual(answer["allowed"], allowed)
                self.assertIn(rule, answer["rule"])

    def test_control_commands_without_a_server_say_so(self):
        icebox = Icebox()
        for command in ("status", "sessions", "reload", "drain"):
            status, _, error = icebox.command(command)
            self.assertEqual(status, 1)
            self.assertIn("is icebox serve running", error)

    def test_names_that_are_no_text_are_refused_as_wrong_usage(self):
        with Icebox() as icebox:
            for arguments in (("kick", "--user", b"\xff"), ("kick", b"\xff"), ("credential", "--user", b"\xff"),
                              ("verify-credential", b"\xff", "x")):
                status, _, told = icebox.command(*arguments)
                self.assertEqual(status, 2, told)
                self.assertIn("is not UTF-8; set the terminal to UTF-8", told)

    def test_kicking_nobody_is_an_error(self):
        with Icebox() as icebox:
            self.assertEqual(icebox.command("kick", "0123456789abcdef")[0], 1)

    def test_nonsense_on_the_control_socket_is_answered_and_harms_nobody(self):
        with Icebox() as icebox:
            for line in ("{", "7", "[]", "{}", '{"command":7}', '{"command":"stop"}', '{"command":"kick"}',
                         '{"command":"kick","id":7}', '{"command":"kick","user":null}', '{"command":"kick","id":"x","user":"a"}'):
                with socket.socket(socket.AF_UNIX) as control:
                    control.settimeout(10)
                    control.connect(os.path.join(icebox.data, "control.sock"))
                    control.sendall(line.encode() + b"\n")
                    self.assertIn("error", json.loads(control.makefile().readline()), line)
            self.assertEqual(icebox.command("status")[0], 0)


class Running(unittest.TestCase):
    def test_health_turns_to_503_while_draining(self):
        with Icebox() as icebox:
            self.assertEqual(http_get(icebox.port("tcp"), "/healthz")[0], 200)
            self.assertEqual(http_get(icebox.port("tcp"), "/readyz")[0], 200)
            self.assertEqual(icebox.command("drain")[0], 0)
            self.assertEqual(http_get(icebox.port("tcp"), "/readyz")[0], 503)
            self.assertEqual(http_get(icebox.port("tcp"), "/healthz")[0], 200)

    def test_metrics_are_not_on_the_main_ports(self):
        with Icebox() as icebox:
            self.assertEqual(http_get(icebox.port("tcp"), "/metrics")[0], 404)

    def test_reload_reports_per_key_and_repeats_what_needs_a_restart(self):
        with Icebox(config="workers = 1\n") as icebox:
            icebox.write_config('workers = 2\n[relay]\ndeny_peers = ["198.41.0.0/24"]\n')
            for _ in range(2):
                out = icebox.command("reload")[1]
                self.assertIn("workers: needs restart", out)
            icebox.write_config("workers = 1\n[relay]\nallocations = 5\n")
            icebox.process.send_signal(signal.SIGHUP)
            applied = "reload_key            key=relay.allocations effect=applied"
            self.assertTrue(wait_until(lambda: applied in icebox.stderr()), icebox.stderr())

    def test_a_reload_with_faults_changes_nothing_and_tells_all_of_them(self):
        with Icebox(config="workers = 1\n") as icebox:
            icebox.write_config('wrokers = 2\n[relay]\nports = "9-8"\nmax_lifetime = "soon"\n')
            self.assertEqual(icebox.command("reload")[0], 2)  # it reads the file itself, for the data directory
            status, _, error = run("reload", "--data", icebox.data)
            self.assertEqual(status, 1)
            self.assertIn("the old configuration stays", error)
            icebox.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: icebox.stderr().count("reload_failed") == 8), icebox.stderr())
            for told in (error, icebox.stderr()):
                for line, key in ((1, "wrokers"), (3, "relay.ports"), (4, "relay.max_lifetime")):
                    self.assertRegex(told, rf"icebox\.toml:{line}:.*{key}")
            self.assertEqual(http_get(icebox.port("tcp"), "/healthz")[0], 200)


if __name__ == "__main__":
    unittest.main()
