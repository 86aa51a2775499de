"""Out of disk, out of descriptors: a clear error to the one concerned, everyone else unaffected, and recovery without
a restart."""
import contextlib
import os
import resource
import socket
import subprocess
import tempfile
import time
import unittest

from icebox_process import Icebox
from loopback_turn import PEERS_ON_LOOPBACK, client, wait_until
from log_test import json_events, relay_something

ALICE = 'auth.users={alice="correct horse"}'


@contextlib.contextmanager
def small_disk(kilobytes):
    """A file system of that size. Needs the right to mount: root, as in CI."""
    directory = tempfile.mkdtemp(prefix="icebox-disk-")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0700", "icebox-test", directory],
                             capture_output=True, text=True, check=False)
    try:
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"cannot mount a small disk (run as root): {mounted.stderr.strip()}")
        yield directory
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", directory], check=True)
        os.rmdir(directory)


def fill(directory):
    """Takes what is free; returns the file, whose removal frees it."""
    path = os.path.join(directory, "ballast")
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return path


class DiskFull(unittest.TestCase):
    def test_at_the_start_is_exit_1_with_the_cure(self):
        with small_disk(640) as disk:
            ballast = fill(disk)
            icebox = Icebox(data=disk)
            status, out, error = icebox.command("serve")
            self.assertEqual(status, 1)
            self.assertNotIn("ready", out)
            self.assertEqual(error.count("\n"), 1, error)
            self.assertIn(disk, error)
            self.assertRegex(error, "free (some )?space")
            os.remove(ballast)
            self.assertEqual(icebox.command("user", "add", "bob", "--password", "hunter22")[0], 0)

    def test_while_running_refuses_a_new_user_and_relays_on(self):
        with small_disk(2048) as disk, Icebox(ALICE, PEERS_ON_LOOPBACK, data=disk) as icebox:
            before = client(icebox, "alice", "correct horse")
            self.assertEqual(before.allocate().code, 200)
            ballast = fill(disk)
            refusals = [icebox.command("user", "add", f"user{i}", "--password", "hunter22") for i in range(40)]
            status, _, error = refusals[-1]
            self.assertEqual(status, 1)
            self.assertRegex(error, "free (some )?space")
            self.assertEqual(error.count("\n"), 1, error)
            relay_something(before)
            self.assertEqual(before.refresh().code, 200)
            after = client(icebox, "alice", "correct horse", "tls")
            self.assertEqual(after.allocate().code, 200)
            os.remove(ballast)
            self.assertEqual(icebox.command("user", "add", "late", "--password", "hunter22")[0], 0)
            late = client(icebox, "late", "hunter22")
            self.assertTrue(wait_until(lambda: late.allocate().code == 200))


class OutOfDescriptors(unittest.TestCase):
    LIMIT = 96

    def descriptors(self, icebox):
        return len(os.listdir(f"/proc/{icebox.process.pid}/fd"))

    def test_new_clients_are_refused_the_others_go_on_and_room_is_used_again(self):
        with Icebox("log.format=json", "workers=1", ALICE, PEERS_ON_LOOPBACK, "limits.connections_per_source=1000") as icebox:
            resource.prlimit(icebox.process.pid, resource.RLIMIT_NOFILE, (self.LIMIT, self.LIMIT))
            early = [client(icebox, "alice", "correct horse", transport) for transport in ("udp", "tcp")]
            for turn in early:
                self.assertEqual(turn.allocate().code, 200)
            crowd, codes = [], []
            while 508 not in codes and len(codes) < 2 * self.LIMIT:
                crowd.append(client(icebox, "alice", "correct horse"))
                codes.append(crowd[-1].allocate().code)
            self.assertEqual(set(codes), {200, 508})
            self.assertTrue(wait_until(lambda: json_events(icebox, "descriptors_exhausted")))
            self.assertIn("LimitNOFILE", json_events(icebox, "descriptors_exhausted")[0]["cure"])
            for turn in early:
                relay_something(turn)
                self.assertEqual(turn.refresh().code, 200)
            refused = client(icebox, "alice", "correct horse", "tcp")
            self.assertTrue(refused.wire.is_closed(5), "a connection that cannot be taken is to hear so")
            for turn in crowd[:4]:
                self.assertEqual(turn.refresh(0).code, 200)
            self.assertTrue(wait_until(lambda: self.allocates_over_tcp(icebox)))

    def test_the_operator_is_heard_and_who_waits_does_not_make_the_server_spin(self):
        with Icebox("workers=1") as icebox:
            highest = max(map(int, os.listdir(f"/proc/{icebox.process.pid}/fd")))
            resource.prlimit(icebox.process.pid, resource.RLIMIT_NOFILE, (highest + 1, highest + 1))
            with contextlib.ExitStack() as stack:
                for _ in range(12):  # into what gaps there are below
                    stack.enter_context(socket.create_connection(("127.0.0.1", icebox.port("tcp"))))
                time.sleep(0.3)
                self.assertEqual(icebox.command("status")[0], 0)
                for _ in range(4):  # the first has the spare descriptor, the others wait
                    waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
                    waiting.connect(os.path.join(icebox.data, "control.sock"))
                before = self.cpu_seconds(icebox)
                time.sleep(1)
                self.assertLess(self.cpu_seconds(icebox) - before, 0.3)
            self.assertTrue(wait_until(lambda: icebox.command("status")[0] == 0))

    @staticmethod
    def cpu_seconds(icebox):
        with open(f"/proc/{icebox.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def allocates_over_tcp(self, icebox):
        turn = client(icebox, "alice", "correct horse", "tcp")
        try:
            return turn.allocate().code == 200
        except Exception:  # closed again: the listener still waits for a free descriptor
            return False
        finally:
            turn.wire.close()


if __name__ == "__main__":
    unittest.main()
