"""The log: what is in it, in both formats, and what must never be."""
import base64
import hashlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import tempfile
import unittest

from icebox_process import Icebox, http_get
from loopback_turn import HOST, PEERS_ON_LOOPBACK, client, rest_credential, wait_until
import turn_message

REALM = "test.example.org"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
ALICE = 'auth.users={alice="correct horse"}'
SECRET = "battery-staple-0123456789"


def json_events(icebox, name=None):
    """Every line as an object; a line that is none fails the test."""
    events = [json.loads(line) for line in icebox.stderr().splitlines()]
    return [event for event in events if name in (None, event["event"])]


def text_events(icebox, name):
    """The fields of each line of that event."""
    fields = []
    for line in icebox.stderr().splitlines():
        at = re.fullmatch(rf"{TIME} (trace|debug|info |warn |error) (\w+) *(.*)", line)
        if at is None:
            raise AssertionError(f"no log line: {line!r}")
        if at.group(2) == name:
            pairs = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', at.group(3))
            fields.append({key: json.loads(value) if value[0] == '"' else value for key, value in pairs})
    return fields


def relay_something(turn):
    """Five bytes to a peer, three back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((HOST, 0))
        peer.settimeout(5)
        turn.permit(peer.getsockname())
        turn.send(peer.getsockname(), b"12345")
        data, relayed = peer.recvfrom(100)
        assert data == b"12345"
        peer.sendto(b"abc", relayed)
        assert turn.receive()[1] == b"abc"


class Sessions(unittest.TestCase):
    def test_json_tells_who_came_how_and_why_it_ended(self):
        with Icebox("log.format=json", PEERS_ON_LOOPBACK, ALICE) as icebox:
            released = client(icebox, "alice", "correct horse")
            self.assertEqual(released.allocate().code, 200)
            relay_something(released)
            self.assertEqual(released.refresh(0).code, 200)
            for transport in ("tcp", "tls"):
                gone = client(icebox, "alice", "correct horse", transport)
                self.assertEqual(gone.allocate().code, 200)
                gone.wire.close()
            kicked = client(icebox, "alice", "correct horse")
            self.assertEqual(kicked.allocate().code, 200)
            self.assertTrue(wait_until(lambda: len(json_events(icebox, "session_end")) == 3))
            self.assertEqual(icebox.command("kick", "--user", "alice")[0], 0)
            stopped = client(icebox, "alice", "correct horse", "dtls")
            self.assertEqual(stopped.allocate().code, 200)
        starts, ends = json_events(icebox, "session_start"), json_events(icebox, "session_end")
        self.assertEqual([event["transport"] for event in starts], ["udp", "tcp", "tls", "udp", "dtls"])
        by_id = {event["id"]: event for event in ends}
        self.assertEqual([by_id[event["id"]]["reason"] for event in starts],
                         ["released", "client_gone", "client_gone", "kicked", "stopped"])
        first = by_id[starts[0]["id"]]
        self.assertEqual((first["packets_to_peers"], first["bytes_to_peers"]), (1, 5))
        self.assertEqual((first["packets_to_client"], first["bytes_to_client"]), (1, 3))
        self.assertEqual((first["user"], first["level"]), ("alice", "info"))
        self.assertEqual(first["client"], "%s:%d" % released.wire.local)
        self.assertRegex(first["relayed"], r"^127\.0\.0\.1:\d+$")
        self.assertGreaterEqual(first["duration_ms"], 0)
        for event in json_events(icebox):
            self.assertRegex(event["time"], rf"^{TIME}$")

    def test_text_has_the_same_fields(self):
        with Icebox(PEERS_ON_LOOPBACK, ALICE) as icebox:
            turn = client(icebox, "alice", "correct horse")
            self.assertEqual(turn.allocate().code, 200)
            relay_something(turn)
            self.assertEqual(turn.refresh(0).code, 200)
        end, = text_events(icebox, "session_end")
        self.assertEqual((end["user"], end["transport"], end["reason"]), ("alice", "udp", "released"))
        self.assertEqual((end["bytes_to_peers"], end["bytes_to_client"]), ("5", "3"))

    def test_a_servers_life_is_told_in_order(self):
        with Icebox("log.format=json") as icebox:
            icebox.command("user", "add", "bob", "--password", "hunter22")
            self.assertTrue(wait_until(lambda: json_events(icebox, "user_added")))
            icebox.command("user", "passwd", "bob", "--password", "hunter23")
            self.assertTrue(wait_until(lambda: json_events(icebox, "user_password_changed")))
            icebox.command("user", "remove", "bob")
            self.assertTrue(wait_until(lambda: json_events(icebox, "user_removed")))
            icebox.command("drain")
        names = [event["event"] for event in json_events(icebox) if event["event"] not in ("listening", "self_check")]
        self.assertEqual(names, ["start", "certificate_loaded", "ready", "user_added", "user_password_changed",
                                 "user_removed", "drain", "stop", "stopped"])
        self.assertEqual([event["scheme"] for event in json_events(icebox, "listening")], ["udp", "tcp", "tls"])
        self.assertRegex(json_events(icebox, "certificate_loaded")[0]["expires"], r"^\d{4}-\d\d-\d\dT[\d:]{8}Z$")


class Secrets(unittest.TestCase):
    def hashes(self, user, password):
        whole = f"{user}:{REALM}:{password}".encode()
        return [hashlib.md5(whole).digest(), hashlib.sha256(whole).digest()]

    def test_nothing_secret_is_in_the_log_at_trace(self):
        config = f'[auth]\nsecret = "{SECRET}"\nusers = {{ alice = "correct horse" }}\n[log]\nlevel = "trace"\n'
        with Icebox(PEERS_ON_LOOPBACK, config=config) as icebox:
            icebox.command("user", "add", "bob", "--password", "hunter22-bobs")
            name, password = rest_credential(SECRET, "carol")
            secrets = [SECRET, "correct horse", "hunter22-bobs", "hunter23-bobs", "wrong password!", password, name]
            keys = self.hashes("alice", "correct horse") + self.hashes("bob", "hunter22-bobs")
            keys += self.hashes(name, password)
            self.assertTrue(wait_until(lambda: text_events(icebox, "user_added")))
            for user, proof, code in (("alice", "correct horse", 200), ("bob", "hunter22-bobs", 200),
                                      (name, password, 200), ("alice", "wrong password!", 401)):
                for transport in ("udp", "tcp", "tls"):
                    turn = client(icebox, user, proof, transport)
                    self.assertEqual(turn.allocate().code, code)
                    secrets.append(turn.login.nonce.decode())
                    turn.wire.close()
            icebox.command("user", "passwd", "bob", "--password", "hunter23-bobs")
            icebox.write_config(config + 'broken = "correct horse\n')  # in the middle of a secret
            icebox.process.send_signal(signal.SIGHUP)
            icebox.write_config(config.replace(f'"{SECRET}"', f'["{SECRET}", 5]'))
            icebox.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: text_events(icebox, "reload_failed")))
            icebox.write_config(config.replace("staple", "stapler"))
            secrets.append("stapler")
            self.assertEqual(icebox.command("reload")[0], 0)
            self.assertTrue(wait_until(lambda: text_events(icebox, "user_password_changed")))
            with open(os.path.join(icebox.data, "key.pem"), encoding="ascii") as file:
                secrets += file.read().splitlines()[1:-1]
            with sqlite3.connect(os.path.join(icebox.data, "icebox.db")) as database:
                keys += [row[0] for row in database.execute("SELECT value FROM meta WHERE key = 'nonce_key'")]
        self.assertGreaterEqual(len(keys), 7)
        self.assertTrue(text_events(icebox, "users_read"), "this is not the trace level")
        log = icebox.stderr()
        for key in keys:
            secrets += [key.hex(), base64.b64encode(key).decode().rstrip("=")]
        for secret in secrets:
            self.assertNotIn(secret.lower(), log.lower())


class Refusals(unittest.TestCase):
    """Who was refused, why, and by which key: once in silence."""

    def be_refused(self, icebox):
        alice = [client(icebox, "alice", "correct horse") for _ in range(3)]
        self.assertEqual([one.allocate().code for one in alice], [200, 486, 486])
        self.assertEqual(alice[0].permit(("10.0.0.1", 80)).code, 403)
        guesser = client(icebox, "alice", "wrong password!")
        self.assertEqual([guesser.allocate().code for _ in range(3)], [401] * 3)
        self.assertEqual(client(icebox, "mallory", "x", "tcp").allocate().code, 401)

    def test_are_summed_at_info_with_user_client_and_key(self):
        with Icebox("log.format=json", ALICE, "relay.allocations_per_user=1") as icebox:
            self.be_refused(icebox)
        told = {(event["user"], event["reason"]): event for event in json_events(icebox, "refusals")}
        self.assertEqual(set(told), {("alice", "user_quota"), ("alice", "forbidden_peer"),
                                     ("alice", "wrong_integrity"), ("mallory", "unknown_user")})
        quota = told["alice", "user_quota"]
        self.assertEqual((quota["level"], quota["client"], quota["code"], quota["times"], quota["key"]),
                         ("info", "127.0.0.1", 486, 2, "relay.allocations_per_user"))
        self.assertEqual(told["alice", "forbidden_peer"]["key"], "relay.allow_peers")
        guesses = told["alice", "wrong_integrity"]
        self.assertEqual((guesses["code"], guesses["times"]), (401, 3))
        self.assertEqual(json_events(icebox, "refused"), [])

    def test_are_told_one_by_one_at_debug_and_as_fail2ban_reads_them(self):
        with Icebox(ALICE, "log.level=debug", "relay.allocations_per_user=1") as icebox:
            self.be_refused(icebox)
        self.assertEqual(len(text_events(icebox, "refused")), 7)
        self.assertRegex(icebox.stderr(), r"(?m) info  refusals +client=127\.0\.0\.1 code=401 user=alice .*times=3$")

    def test_http_is_told_alike_with_client_reason_and_key(self):
        with Icebox("log.format=json", "limits.http_requests_per_second=1") as icebox:
            codes = [http_get(icebox.port("tcp"), "/api/ice-servers")[0] for _ in range(12)]
            self.assertEqual(codes[0], 401)
            self.assertEqual(codes[-1], 429)
            self.assertEqual(http_get(icebox.port("tcp"), "/nothing.here")[0], 429)
        told = {event["code"]: event for event in json_events(icebox, "refusals") if "code" in event}
        self.assertEqual((told[401]["client"], told[401]["times"]), ("127.0.0.1", codes.count(401)))
        self.assertIn("token", told[401]["reason"])
        self.assertEqual((told[429]["key"], told[429]["times"]), ("limits.http_requests_per_second", codes.count(429) + 1))

    def test_what_anybody_may_have_sent_names_nobody_and_hides_nobody(self):
        with Icebox("log.format=json", ALICE) as icebox:
            guesser = client(icebox, "alice", "wrong password!")
            self.assertEqual(guesser.allocate().code, 401)
            forged = client(icebox, "x client=198.51.100.7 code=401", "x")
            for number in range(40):
                request = turn_message.Message(turn_message.ALLOCATE).add("USERNAME", f"{number} client=198.51.100.7 code=401")
                request.add("REALM", "foreign").add("NONCE", "x" if number % 2 else "")
                forged.wire.send(request.integrity(bytes(16)).octets())
            guesser.answers_before_fence()
        [told] = json_events(icebox, "refusals")
        self.assertEqual((told["client"], told["user"], told["code"]), ("127.0.0.1", "alice", 401))
        self.assertNotIn("198.51.100.7", icebox.stderr())

    def test_a_flood_makes_few_lines(self):
        with Icebox("log.format=json", ALICE) as icebox:
            one = client(icebox, "alice", "correct horse")
            self.assertEqual(one.allocate().code, 200)
            for _ in range(30):
                for _ in range(50):  # of which the answers fit into the socket's buffer
                    denied = turn_message.Message(turn_message.CREATE_PERMISSION).peer(("10.0.0.1", 80))
                    one.wire.send(denied.sign(one.login).octets())
                one.answers_before_fence()
        lines = json_events(icebox, "refusals")
        self.assertLessEqual(len(lines), 4)
        self.assertEqual(sum(line.get("times", 0) + line.get("others", 0) for line in lines), 1500)


class Reload(unittest.TestCase):
    def certificate(self, directory, name):
        files = [os.path.join(directory, f"{part}.pem") for part in ("cert", "key")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-subj", f"/CN={name}", "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
        return files

    def test_a_renewed_certificate_is_told(self):
        with tempfile.TemporaryDirectory() as directory:
            cert, key = self.certificate(directory, "first.example.org")
            with Icebox(f"tls.certificate={cert}", f"tls.key={key}") as icebox:
                self.assertEqual(icebox.command("reload")[1], "nothing changed\n")
                self.certificate(directory, "second.example.org")
                told = icebox.command("reload")[1]
                # The files are watched as well: then the log has told it before.
                self.assertTrue("tls.certificate: applied" in told or told == "nothing changed\n", told)
                self.assertTrue(wait_until(lambda: len(text_events(icebox, "certificate_loaded")) == 2))
                self.assertEqual(icebox.command("reload")[1], "nothing changed\n")

    def test_level_and_format_change_while_it_runs(self):
        with Icebox(ALICE, config='[log]\nlevel = "error"\n') as icebox:
            self.assertEqual(client(icebox, "alice", "correct horse").allocate().code, 200)
            icebox.write_config('[log]\nlevel = "debug"\nformat = "json"\n')
            self.assertEqual(icebox.stderr(), "")
            icebox.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: json_events(icebox, "reload")), icebox.stderr())
            self.assertEqual([(event["key"], event["effect"]) for event in json_events(icebox, "reload_key")],
                             [("log.level", "applied"), ("log.format", "applied")])
            self.assertEqual(client(icebox, "alice", "correct horse").allocate().code, 200)
            self.assertTrue(wait_until(lambda: json_events(icebox, "session_start")))
            icebox.command("status")
            self.assertTrue(wait_until(lambda: json_events(icebox, "control_request")))
            icebox.write_config('[log]\nlevel = "warn"\n')
            self.assertIn("log.level: applied", icebox.command("reload")[1])
            before = len(icebox.stderr())
            self.assertEqual(client(icebox, "alice", "correct horse").allocate().code, 200)
        self.assertNotIn("session_start", icebox.stderr()[before:])

    def test_a_certificate_that_cannot_be_read_is_told_and_the_old_one_kept(self):
        with Icebox(config="\n") as icebox:
            icebox.write_config('[tls]\ncertificate = "/nowhere/cert.pem"\nkey = "/nowhere/key.pem"\n')
            icebox.process.send_signal(signal.SIGHUP)
            failed = wait_until(lambda: text_events(icebox, "certificate_failed"))
            self.assertIn("/nowhere/", failed[0]["text"])
            self.assertEqual(failed[0]["kept"], text_events(icebox, "certificate_loaded")[0]["sha256"])
            self.assertEqual(client(icebox, "x", "y", "tls").challenge().code, 401)


class Injection(unittest.TestCase):
    NAMES = ('x\n2026-11-21T10:26:00.007Z info  ready', 'x\r\n{"event":"ready"}', "\x1b[2J\x1b[31mred", 'a" user="root',
             "tab\tdel\x7f", "bell\x07 back\\slash", "a=b user=root")

    def test_a_name_cannot_forge_a_line(self):
        for log_format, events in (("text", text_events), ("json", json_events)):
            with Icebox(f"log.format={log_format}", f'auth.secret="{SECRET}"') as icebox:
                for name in self.NAMES:
                    turn = client(icebox, *rest_credential(SECRET, name))
                    self.assertEqual(turn.allocate().code, 200, name)
            starts = events(icebox, "session_start")
            self.assertEqual([event["user"] for event in starts], list(self.NAMES))
            self.assertEqual(len(events(icebox, "ready")), 1)
            self.assertRegex(icebox.stderr(), r"\A[\n\x20-\x7e]*\Z")


class Warnings(unittest.TestCase):
    def test_a_flood_is_one_line_with_its_source(self):
        with Icebox("log.format=json", "limits.unauthenticated_replies_per_second=1") as icebox:
            turn = client(icebox, "nobody", "x")
            turn.wire.timeout = 0.01
            for _ in range(200):
                turn.challenge()
            self.assertTrue(wait_until(lambda: json_events(icebox, "unauthenticated_flood")))
            for _ in range(200):
                turn.challenge()
        flood, = json_events(icebox, "unauthenticated_flood")
        self.assertEqual((flood["level"], flood["source"]), ("warn", HOST))
        self.assertGreater(flood["refused"], 0)  # as many as there were at the first look

    def test_relay_ports_that_run_out_are_told(self):
        with Icebox("log.format=json", ALICE, 'relay.ports="61990-61991"') as icebox:
            turns = [client(icebox, "alice", "correct horse") for _ in range(3)]
            self.assertEqual([turn.allocate().code for turn in turns], [200, 200, 508])
            self.assertTrue(wait_until(lambda: json_events(icebox, "relay_ports_exhausted")))
        told, = json_events(icebox, "relay_ports_exhausted")
        self.assertEqual(told["refused"], 1)
        self.assertIn("relay.ports", told["cure"])


if __name__ == "__main__":
    unittest.main()
