"""What a person sees at start: everything once, laid out for the width of the terminal."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from icebox_process import BINARY, Icebox

FINDING = "! advertised 127.0.0.1 is a loopback address"
COLUMNS = 80
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
TIMED = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z ", re.M)


class Terminal:
    """A terminal of 80 columns: `descriptor` is the program's end, `text` what it has shown."""

    def __init__(self):
        self.master, self.descriptor = pty.openpty()
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        self.octets = b""
        self.text = ""

    def read_until(self, holds, seconds=10):
        deadline = time.monotonic() + seconds
        while not holds(self.text):
            if not select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"the terminal shows only: {self.text}")
            self.octets += os.read(self.master, 65536)
            self.text = ESCAPES.sub("", self.octets.decode("utf-8", "ignore")).replace("\r\n", "\n")

    def close(self):
        os.close(self.master)
        os.close(self.descriptor)


def start_and_stop(stdout, stderr, *settings):
    """Runs a server until the terminal `stdout` shows `ready`, then stops it."""
    icebox = Icebox(*settings)
    process = subprocess.Popen([BINARY, "serve", *icebox.options], stdin=subprocess.DEVNULL,
                               stdout=stdout.descriptor, stderr=stderr)
    try:
        stdout.read_until(lambda text: re.search("^ready$", text, re.M))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


class Terminals(unittest.TestCase):
    def setUp(self):
        self.terminal = Terminal()
        self.addCleanup(self.terminal.close)

    def logged(self, *settings):
        """The log of a server whose standard output is the terminal, its standard error a pipe."""
        read, write = os.pipe()
        try:
            start_and_stop(self.terminal, write, *settings)
        finally:
            os.close(write)
        with open(read, encoding="utf-8") as log:
            return log.read()

    def test_one_terminal_shows_nothing_twice(self):
        start_and_stop(self.terminal, self.terminal.descriptor)
        self.terminal.read_until(lambda text: " stopped" in text)
        shown = self.terminal.text
        self.assertEqual(shown.count("is a loopback address"), 1)
        started, stopped = re.split("^ready$", shown, flags=re.M)
        self.assertNotRegex(started, TIMED)
        self.assertEqual([line.split()[2] for line in stopped.splitlines() if line], ["stop", "stopped"])

    def test_a_terminal_shows_the_first_invitation_and_a_credential_and_the_log_beside_it_neither(self):
        log = self.logged()
        self.assertRegex(self.terminal.text, r"#invite=ibx_[\w-]{43}")
        self.assertIn('"credential":', self.terminal.text)
        self.assertNotRegex(log, r"invite|credential\"|ibx_")

    def test_a_log_that_goes_elsewhere_has_everything(self):
        log = self.logged()
        self.assertIn(FINDING, self.terminal.text)
        self.assertNotRegex(self.terminal.text, TIMED)
        events = [line.split()[2] for line in log.splitlines()]
        self.assertEqual(set(events), {"start", "listening", "certificate_loaded", "self_check", "ready", "stop",
                                       "stopped"})
        self.assertEqual(log.count("is a loopback address"), 1)

    def test_the_log_on_a_terminal_of_its_own_has_everything(self):
        other = Terminal()
        self.addCleanup(other.close)
        start_and_stop(self.terminal, other.descriptor)
        other.read_until(lambda text: " stopped" in text)
        self.assertIn("is a loopback address", other.text)
        self.assertIn("certificate_loaded", other.text)

    def test_lines_fit_into_eighty_columns_but_for_what_is_copied(self):
        self.logged('auth.secret="too short"')
        lines = self.terminal.text.splitlines()
        wide = [line for line in lines if len(line) > COLUMNS]
        for line in wide:
            self.assertRegex(line, r'^(\[\{"urls":.*\}\]|      (sysctl|ulimit|nft|openssl) .*)$')
        self.assertTrue(any(line.startswith('[{"urls"') for line in wide))
        at = next(index for index, line in enumerate(lines) if "! auth.secret is shorter" in line)
        command = next(line for line in lines[at:] if line.startswith("      "))
        self.assertEqual(command, "      openssl rand -hex 16")


if __name__ == "__main__":
    unittest.main()
