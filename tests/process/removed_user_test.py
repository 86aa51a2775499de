"""Whoever may no longer come in is out at once, whatever key a live allocation holds."""
import json
import time
import unittest

from icebox_process import Icebox
from loopback_turn import client, rest_credential, wait_until

SECRETS = ("first-secret-0123456789", "second-secret-0123456789")


def sessions(icebox):
    return json.loads(icebox.command("sessions", "--json")[1])["sessions"]


def users_of(icebox):
    return sorted(session["user"] for session in sessions(icebox))


class RemovedUsers(unittest.TestCase):
    def allocated(self, icebox, user, password, transport="udp"):
        turn = client(icebox, user, password, transport)
        self.assertEqual(wait_until(lambda: turn.allocate().code == 200 and 200), 200)  # a new user is known soon
        return turn

    def test_of_the_database_on_every_worker_and_transport(self):
        with Icebox("workers=4", f'auth.secret="{SECRETS[0]}"') as icebox:
            for user in ("bob", "bobby"):
                self.assertEqual(icebox.command("user", "add", user, "--password", "hunter22")[0], 0)
            gone = [self.allocated(icebox, "bob", "hunter22", transport)
                    for transport in ("udp", "udp", "udp", "udp", "udp", "udp", "tcp", "tls", "dtls")]
            stays = [self.allocated(icebox, "bobby", "hunter22"),
                     self.allocated(icebox, *rest_credential(SECRETS[0], "bob"))]
            self.assertEqual(len(sessions(icebox)), 11)
            self.assertEqual(icebox.command("user", "remove", "bob")[0], 0)
            self.assertTrue(wait_until(lambda: len(sessions(icebox)) == 2, 3), sessions(icebox))
            for turn in gone[:6]:
                self.assertEqual(turn.refresh().code, 401)
                self.assertEqual(turn.allocate().code, 401)
            for turn in gone[6:8]:
                self.assertTrue(turn.wire.is_closed(5))
            for turn in stays:
                self.assertEqual(turn.refresh().code, 200)
            self.assertEqual(icebox.stderr().count("reason=user_removed"), 9)

    def test_of_the_configuration_by_a_reload(self):
        with Icebox(config='[auth]\nusers = { carol = "hunter22", dave = "hunter22" }\n') as icebox:
            carol, dave = (self.allocated(icebox, user, "hunter22") for user in ("carol", "dave"))
            icebox.write_config('[auth]\nusers = { dave = "hunter22" }\n')
            self.assertIn("auth.users: applied", icebox.command("reload")[1])
            self.assertTrue(wait_until(lambda: users_of(icebox) == ["dave"], 3))
            self.assertEqual(carol.refresh().code, 401)
            self.assertEqual(dave.refresh().code, 200)

    def test_a_user_who_is_in_both_places_stays(self):
        with Icebox(config='[auth]\nusers = { erin = "hunter22" }\n') as icebox:
            icebox.command("user", "add", "erin", "--password", "hunter22")
            erin = self.allocated(icebox, "erin", "hunter22")
            icebox.write_config("\n")
            icebox.command("reload")
            time.sleep(0.5)
            self.assertEqual(erin.refresh().code, 200, icebox.stderr())


class WhatGoesOn(unittest.TestCase):
    """Neither a new password nor a withdrawn REST secret cuts a call; both keep anything new out."""

    def test_a_new_password_is_asked_of_new_allocations(self):
        with Icebox() as icebox:
            icebox.command("user", "add", "bob", "--password", "hunter22")
            bob = client(icebox, "bob", "hunter22")
            self.assertTrue(wait_until(lambda: bob.allocate().code == 200))
            icebox.command("user", "passwd", "bob", "--password", "hunter23")
            self.assertTrue(wait_until(lambda: "user_password_changed" in icebox.stderr()))
            self.assertEqual(bob.refresh().code, 200)
            self.assertEqual(client(icebox, "bob", "hunter22").allocate().code, 401)
            self.assertEqual(client(icebox, "bob", "hunter23").allocate().code, 200)
            self.assertEqual(icebox.command("kick", "--user", "bob")[0], 0)
            self.assertEqual(bob.refresh().code, 401)

    def test_a_withdrawn_rest_secret_is_good_for_nothing_new(self):
        toml = '[auth]\nsecret = {}\n'
        with Icebox(config=toml.format(json.dumps(SECRETS))) as icebox:
            old = rest_credential(SECRETS[1], "frank")
            frank = client(icebox, *old)
            self.assertEqual(frank.allocate().code, 200)
            icebox.write_config(toml.format(json.dumps(SECRETS[:1])))
            self.assertIn("auth.secret: applied", icebox.command("reload")[1])
            self.assertEqual(wait_until(lambda: client(icebox, *old).allocate().code == 401), True)
            self.assertEqual(frank.refresh().code, 200)
            self.assertEqual(client(icebox, *rest_credential(SECRETS[0], "frank")).allocate().code, 200)


if __name__ == "__main__":
    unittest.main()
