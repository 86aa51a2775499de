"""What peers relay is counted for them: in `icebox sessions` while it goes on, in `icebox peer usage` when it has ended."""
import json
import socket
import unittest
import urllib.error
import urllib.request

from icebox_process import Icebox
from loopback_turn import PEERS_ON_LOOPBACK, client, rest_credential, wait_until

SECRET = "a secret of the tests"
PAYLOAD = b"x" * 1000


def usage(icebox, *words):
    return json.loads(icebox.command("peer", "usage", *words, "--json")[1])


def peer_credential(icebox, user, name):
    """A new peer of the running server: the TURN credential that is made for it."""
    token = json.loads(icebox.command("peer", "add", user, name, "--json")[1])["token"]

    def ask():
        request = urllib.request.Request(f"http://127.0.0.1:{icebox.port('tcp')}/api/ice-servers",
                                         headers={"Authorization": f"Bearer {token}"})
        try:
            return json.load(urllib.request.urlopen(request))["iceServers"][1]
        except urllib.error.HTTPError:
            return None  # the server looks at the database several times a second

    server = wait_until(ask)
    return server["username"], server["credential"]


def relay(turn, packets):
    """Sends so many packets to a socket of ours and gets each back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
        echo.bind(("127.0.0.1", 0))
        echo.settimeout(5)
        assert turn.permit(echo.getsockname()).code == 200
        for _ in range(packets):
            turn.send(echo.getsockname(), PAYLOAD)
            data, at = echo.recvfrom(2000)
            echo.sendto(data, at)
            turn.receive(5)


class Usage(unittest.TestCase):
    def test_it_adds_up_by_peer_outlives_the_server_and_the_peer(self):
        with Icebox(PEERS_ON_LOOPBACK, f'auth.secret="{SECRET}"', 'log.level="error"') as icebox:
            laptop = peer_credential(icebox, "alice", "laptop")
            phone = peer_credential(icebox, "alice", "phone")
            turn = client(icebox, *laptop)
            self.assertEqual(turn.allocate().code, 200)
            relay(turn, 3)
            (session,) = json.loads(icebox.command("sessions", "--json")[1])["sessions"]
            self.assertEqual((session["peer"], session["to_peers"]["bytes"]), ("alice/laptop", 3000))
            self.assertIn("alice/laptop", icebox.command("sessions")[1])
            self.assertEqual(turn.refresh(lifetime=0).code, 200)

            stranger = client(icebox, *rest_credential(SECRET, "somebody"))
            self.assertEqual(stranger.allocate().code, 200)
            expected = {"user": "alice", "id": 1, "name": "laptop", "allocations": 1,
                        "bytes_to_peers": 3000, "bytes_to_client": 3000}
            self.assertTrue(wait_until(lambda: usage(icebox) == [expected], 15), usage(icebox))

            held = client(icebox, *phone)  # until the server ends
            self.assertEqual(held.allocate().code, 200)
            relay(held, 2)
            again = client(icebox, *laptop)
            self.assertEqual(again.allocate().code, 200)
            relay(again, 1)
            self.assertEqual(icebox.command("peer", "remove", "alice", "laptop")[0], 0)
            self.assertTrue(wait_until(lambda: not any(s["peer"] == "alice/laptop" for s in
                                                       json.loads(icebox.command("sessions", "--json")[1])["sessions"])))
            icebox.__exit__()
            self.assertEqual(usage(icebox, "alice"), [
                {**expected, "name": None, "allocations": 2, "bytes_to_peers": 4000, "bytes_to_client": 4000},
                {"user": "alice", "id": 2, "name": "phone", "allocations": 1, "bytes_to_peers": 2000, "bytes_to_client": 2000}])
            self.assertEqual(usage(icebox, "bob"), [])
            self.assertIn("removed peer 1", icebox.command("peer", "usage", "--days", "1")[1])
            icebox.__enter__()


if __name__ == "__main__":
    unittest.main()
