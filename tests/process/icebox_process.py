"""Starts `icebox serve` for a test and runs its other commands on the same data directory."""
import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

BINARY = os.path.abspath(os.environ.get("ICEBOX", "build/release/icebox"))
LISTEN = '["udp://127.0.0.1:0","tcp://127.0.0.1:0","tls://127.0.0.1:0"]'


def run(*arguments, stdin=None):
    """Runs one command to its end: (exit status, stdout, stderr)."""
    done = subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


class Icebox:
    """A running server; a context manager. `settings` are further --set KEY=VALUE, `data` its data directory."""

    def __init__(self, *settings, config=None, data=None, listen=LISTEN):
        self.directory = tempfile.mkdtemp(prefix="icebox-test-")
        atexit.register(shutil.rmtree, self.directory, ignore_errors=True)
        self.data = data or os.path.join(self.directory, "data")
        self.options = ["--data", self.data]
        if config is not None:
            self.config = os.path.join(self.directory, "icebox.toml")
            self.write_config(config)
            self.options += ["--config", self.config]
        for setting in (f"listen={listen}", "metrics.listen=127.0.0.1:0", "realm=test.example.org", *settings):
            self.options += ["--set", setting]

    def write_config(self, text):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def __enter__(self):
        self.log = open(os.path.join(self.directory, "stderr"), "w", encoding="utf-8")
        self.process = subprocess.Popen([BINARY, "serve", *self.options], stdout=subprocess.PIPE, stderr=self.log,
                                        text=True)
        self.banner = []
        for line in self.process.stdout:
            if line == "ready\n":
                return self
            self.banner.append(line)
        raise AssertionError(f"icebox ended with {self.process.wait(5)}: {self.stderr()}")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.status = self.process.wait(10)
        self.process.stdout.close()
        self.log.close()

    def stderr(self):
        """The log so far; also of a server that has ended."""
        with open(self.log.name, encoding="utf-8") as log:
            return log.read()

    def command(self, *words, stdin=None):
        return run(*words, *self.options, stdin=stdin)

    def port(self, scheme):
        """The port that the banner says is listened on."""
        return int(re.search(rf"^  {scheme} 127\.0\.0\.1:(\d+)", "".join(self.banner), re.M).group(1))


def http_get(port, path):
    """(status, body) of a plain GET."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()
