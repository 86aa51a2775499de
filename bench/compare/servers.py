"""The servers that are compared, each started in the same place with the same user, on one core.

One relay thread each: icebox with one worker, coturn with --relay-threads 1. Logs and metrics are off in both.
"""

import contextlib
import os
import re
import subprocess
import time

import topology

USER, PASSWORD, REALM, PORT = "bench", "open sesame", "bench.example.org", 3478
READY_SECONDS = 20


class Icebox:
    name = "icebox"

    def __init__(self, binary):
        self.binary = os.path.abspath(binary)

    def version(self):
        return _first_line([self.binary, "version"])

    def command(self, directory, guarded=False):
        """`guarded`: with the default limits against strangers, which a flood is to meet."""
        settings = {
            "listen": f"udp://{topology.SERVER}:{PORT}", "workers": 1, "realm": REALM,
            "auth.users": f'{{{USER}="{PASSWORD}"}}', "relay.addresses": topology.RELAY,
            "relay.allow_peers": topology.NETWORK, "relay.allocations_per_user": 1000000,
            "relay.allocations_per_source": 1000000, "metrics.listen": '""', "log.level": "warn",
        }
        if not guarded:
            settings["limits.unauthenticated_replies_per_second"] = 1000000
        options = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        return [self.binary, "serve", "--data", directory, *options]

    def wait(self, _host, process):
        process.wait_for_line(r"^ready$", READY_SECONDS)


class Coturn:
    name = "coturn"

    def version(self):
        return "turnserver " + _first_line(["turnserver", "--version"])

    def command(self, directory, guarded=False):
        del guarded  # it has no such limits
        return ["turnserver", "-c", "/dev/null", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp", "--no-tcp-relay",
                "--relay-threads", "1", "--listening-ip", topology.SERVER, "--relay-ip", topology.RELAY,
                "--listening-port", PORT, "--lt-cred-mech", "--realm", REALM, "--user", f"{USER}:{PASSWORD}",
                "--log-file", os.path.join(directory, "log"), "--simple-log", "--no-stdout-log",
                "--pidfile", os.path.join(directory, "pid"), "--userdb", os.path.join(directory, "users")]

    def wait(self, host, process):
        """It does not say when it is ready: ask it."""
        binding_request = bytes.fromhex("000100002112a442") + b"transaction1"
        asking = host.socket(timeout=0.2)
        deadline = time.monotonic() + READY_SECONDS
        with asking:
            while process.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(OSError):
                    asking.sendto(binding_request, (topology.SERVER, PORT))
                    asking.recv(1500)
                    return
                time.sleep(0.05)
        raise RuntimeError(f"coturn does not answer: {process.tail()}")


@contextlib.contextmanager
def running(server, net, core, guarded=False):
    """`server` on the topology `net`, pinned to `core`, while the context lasts."""
    directory = os.path.join(net.directory, f"{server.name}-{time.monotonic_ns()}")
    os.mkdir(directory)
    host = net.host("server")
    process = host.start(["taskset", "-c", core, *server.command(directory, guarded)], name=server.name)
    try:
        server.wait(host, process)
        yield process
        if process.poll() is not None:
            raise RuntimeError(f"{server.name} died with status {process.poll()}: {process.tail()}")
    finally:
        process.stop(grace=10)


def _first_line(argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if re.search(r"\d", line)]
    return lines[0].strip() if lines else "unknown"
