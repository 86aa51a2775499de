"""The servers compared: icebox with each of two wires, the PeerJS server of npm, and what the kernel alone costs."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time

SERVER_CORE, GENERATOR_CORE = 0, min(1, os.cpu_count() - 1)
HOST, PORT = "127.0.0.1", 14478
START_SECONDS = 30
# Limits that a load from one host would meet; none of them is what is measured.
UNLIMITED = ("limits.connections=100000", "limits.connections_per_source=100000",
             "limits.http_requests_per_second=1000000")


class Icebox:
    """`dialect` as icebox_load names it."""

    def __init__(self, binary, generator, dialect, clients):
        self.name = f"icebox {'/ws' if dialect == 'icebox' else dialect}"
        self.binary, self.generator, self.dialect, self.clients = binary, generator, dialect, clients

    def version(self):
        return subprocess.run([self.binary, "version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]

    def prepare(self, directory):
        """Writes the accounts of /ws; what the generator must be told of them."""
        self.data = os.path.join(directory, "data")
        if self.dialect != "icebox":
            return ("--dialect", "peerjs", "--path", "/peerjs")
        tokens = os.path.join(directory, "tokens")
        subprocess.run([self.generator, "hub-accounts", "--data", self.data, "--tokens", tokens, "--clients",
                        str(self.clients)], check=True)
        return ("--tokens", tokens)

    def command(self):
        settings = (f'listen=["udp://{HOST}:{PORT}","tcp://{HOST}:{PORT}"]', "metrics.listen=127.0.0.1:0",
                    "realm=bench.example.org", "workers=1", *UNLIMITED)
        return [self.binary, "serve", "--data", self.data, *(part for text in settings for part in ("--set", text))]


class Floor:
    """No server but a measure: the system calls that no server can do without."""
    name = "floor"

    def __init__(self, binary):
        self.binary = binary

    def version(self):
        return "hub_floor"

    def prepare(self, _directory):
        return ("--dialect", "peerjs", "--path", "/peerjs")

    def command(self):
        return [self.binary, str(PORT)]


class PeerServer:
    def __init__(self, packages):
        self.name = "PeerServer"
        self.package = os.path.join(packages, "node_modules", "peer")

    def version(self):
        script = 'console.log("peer " + require(process.argv[1] + "/package.json").version + ", Node " + process.version)'
        return subprocess.run(["node", "-e", script, self.package], capture_output=True, text=True, check=True).stdout.strip()

    def prepare(self, _directory):
        return ("--dialect", "peerjs", "--path", "/peerjs")

    def command(self):
        # Its clients say nothing but messages, and must not be taken for dead.
        return ["node", os.path.join(self.package, "dist/bin/peerjs.js"), "--host", HOST, "--port", str(PORT), "--path",
                "/", "--alive_timeout", "3600000", "--concurrent_limit", "100000"]


@contextlib.contextmanager
def running(server):
    """A fresh server on its core: (process, arguments for the generator)."""
    directory = tempfile.mkdtemp(prefix="compare-hub-")
    try:
        arguments = server.prepare(directory)
        with open(os.path.join(directory, "log"), "w+", encoding="utf-8") as log:
            process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *server.command()], stdout=log, stderr=log)
            try:
                _wait(process, log)
                yield process, arguments
                if process.poll() is not None:
                    raise RuntimeError(f"{server.name} died with status {process.poll()}: {_tail(log)}")
            finally:
                process.terminate()
                process.wait(20)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _wait(process, log):
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection((HOST, PORT), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server does not listen: {_tail(log)}")
        time.sleep(0.1)


def _tail(log):
    log.seek(0)
    return log.read()[-2000:]
