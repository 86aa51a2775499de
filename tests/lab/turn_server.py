"""Starts the TURN server under test in a lab: icebox, or coturn to compare with.

LAB_SERVER chooses: icebox (default), whose binary LAB_ICEBOX names, or coturn, Debian's. Both listen on the
same addresses, know the same user and the same REST secret, and show the same certificate, which a CA made for
the run has signed; so a test never asks which of them it talks to.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import lab

REALM = lab.DOMAIN
USER, PASSWORD, SECRET = "alice", "correct horse", "battery staple"
PORT, TLS_PORT = 3478, 443
READY_SECONDS, STOP_SECONDS = 20, 10
TRANSPORTS = ("udp", "udp6", "tcp", "tls", "dtls")  # udp6: UDP over IPv6


class TurnServer:
    def __init__(self, kind, host, start_process, certificates):
        self.kind = kind
        self.host = host
        self.ca = certificates.ca
        self._start_process = start_process
        self.process = start_process()

    def restart(self):
        """Kills it without warning and starts it anew, with the same data. Returns once it answers."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        self.process = self._start_process()

    def url(self, transport):
        """The ICE server URL for one of TRANSPORTS."""
        if transport == "tls":  # by name: Firefox ignores a turns: URL that has an address in it
            return f"turns:{self.host.domain_name}:{TLS_PORT}?transport=tcp"
        if transport == "dtls":
            return f"turns:{self.host.domain_name}:{PORT}?transport=udp"
        if transport == "udp6":
            return f"turn:[{self.host.ipv6}]:{PORT}?transport=udp"
        return f"turn:{self.host.ipv4}:{PORT}?transport={transport}"

    def describe(self):
        return {"kind": self.kind, "name": self.host.domain_name, "ipv4": self.host.ipv4, "ipv6": self.host.ipv6,
                "port": PORT, "tls_port": TLS_PORT, "realm": REALM, "user": USER, "password": PASSWORD,
                "secret": SECRET, "ca": self.ca, "log": self.process.log_path,
                "urls": {transport: self.url(transport) for transport in TRANSPORTS}}

    def stop(self):
        """Ends the server. What went wrong with it, with the end of its log, or None: it must not have died
        before, and must end in order when asked to, which is also when a sanitizer reports leaks."""
        died = self.process.poll() is not None
        self.process.stop(grace=STOP_SECONDS)
        status = self.process.poll()
        in_order = (0,) if self.kind == "icebox" else (0, -signal.SIGTERM)  # coturn 4.6 leaves the signal alone
        if not died and status in in_order:
            return None
        return f"{self.kind} {'died' if died else 'ended'} with status {status}\n{self.process.tail(40)}"


def start(host, directory, kind=None, tcp_relay=False, rest=False, settings=None, config=None,
          coturn_options=()):
    """Starts the server on `host` and returns once it answers; ends the program when it cannot be started.

    `settings`: more keys of icebox's configuration, values as TOML; `config`: its file. coturn is not told.
    `coturn_options`: more of its command line.
    `rest`: the test uses credentials made from SECRET. coturn knows either these or fixed users, icebox both.
    """
    kind = kind or os.environ.get("LAB_SERVER", "icebox")
    certificates = Certificates(directory, host)
    if kind == "icebox":
        def start_process():
            return _start_icebox(host, directory, certificates, tcp_relay, settings or {}, config)
    elif kind == "coturn":
        def start_process():
            return _start_coturn(host, directory, certificates, tcp_relay, rest, coturn_options)
    else:
        sys.exit(f"LAB_SERVER is '{kind}'; it is either icebox or coturn")
    return TurnServer(kind, host, start_process, certificates)


class Certificates:
    """A CA made for this run and a certificate for the addresses of `host`, as PEM files in `directory`."""

    def __init__(self, directory, host):
        self.ca, self.certificate, self.key = (os.path.join(directory, name) for name in
                                               ("ca.pem", "server.pem", "server.key"))
        ca_key = os.path.join(directory, "ca.key")
        _openssl("req", "-x509", *_new_key(ca_key), "-out", self.ca, "-subj", "/CN=icebox lab CA",
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        _openssl("req", "-x509", *_new_key(self.key), "-out", self.certificate, "-subj", f"/CN={host.domain_name}",
                 "-CA", self.ca, "-CAkey", ca_key, "-addext", "basicConstraints=critical,CA:FALSE",
                 "-addext", f"subjectAltName=DNS:{host.domain_name},IP:{host.ipv4},IP:{host.ipv6}",
                 "-addext", "extendedKeyUsage=serverAuth")


def _new_key(path):
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", path, "-days", "7"


def _openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()}")


def _start_icebox(host, directory, certificates, tcp_relay, more, config):
    binary = os.environ.get("LAB_ICEBOX", "build/release/icebox")
    if not os.access(binary, os.X_OK):
        sys.exit(f"LAB_ICEBOX: no program at {binary}; build icebox first, or set LAB_SERVER=coturn")
    listen = [f"{scheme}://{address}:{port}" for address in (host.ipv4, f"[{host.ipv6}]")
              for scheme, port in (("udp", PORT), ("tcp", PORT), ("tls", TLS_PORT))]
    settings = {
        "listen": json.dumps(listen), "realm": REALM, "auth.users": f'{{{USER}="{PASSWORD}"}}', "auth.secret": SECRET,
        "tls.certificate": certificates.certificate, "tls.key": certificates.key,
        # The lab's addresses are documentation addresses: reserved, and therefore refused unless allowed.
        "relay.allow_peers": json.dumps([lab.IPV4_NETWORK, lab.IPV6_NETWORK]),
        "relay.tcp_relay": json.dumps(tcp_relay), **more,
    }
    arguments = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    if config:
        arguments += ["--config", config]
    process = host.start([os.path.abspath(binary), "serve", "--data", os.path.join(directory, "data"), *arguments])
    process.wait_for_line(r"^ready$", READY_SECONDS)
    return process


def _start_coturn(host, directory, certificates, tcp_relay, rest, options):
    process = host.start([
        "turnserver", "-c", "/dev/null", "--log-file", "stdout", "--simple-log", "--verbose", "--no-cli",
        "--pidfile", os.path.join(directory, "coturn.pid"), "--userdb", os.path.join(directory, "coturn.db"),
        "--listening-ip", host.ipv4, "--listening-ip", host.ipv6, "--relay-ip", host.ipv4, "--relay-ip", host.ipv6,
        "--listening-port", PORT, "--tls-listening-port", TLS_PORT, "--cert", certificates.certificate,
        "--pkey", certificates.key, "--realm", REALM, "--fingerprint",
        *(["--use-auth-secret", "--static-auth-secret", SECRET] if rest else
          ["--lt-cred-mech", "--user", f"{USER}:{PASSWORD}"]),
        *([] if tcp_relay else ["--no-tcp-relay"]), *options])
    _wait_for_stun(host, process)
    return process


def _wait_for_stun(host, process):
    """coturn does not say when it is ready: ask it."""
    binding_request = bytes.fromhex("000100002112a442") + b"transaction1"
    asking = host.socket(timeout=0.2)
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            asking.sendto(binding_request, (host.ipv4, PORT))
            asking.recv(1500)
            asking.close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"coturn does not answer on {host.ipv4}:{PORT}\n{process.tail()}")
