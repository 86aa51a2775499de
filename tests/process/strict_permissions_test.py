"""signaling.strict_permissions: at the relay a peer reaches what other peers signalled to it, and nothing else."""
import asyncio
import unittest

from hub_test import Client, HubCase
from loopback_turn import PEERS_ON_LOOPBACK, client, rest_credential

SECRET = "a secret of the tests"
FORBIDDEN, DONE = 403, 200
FINGERPRINTS = ("A1" * 32, "B2" * 32)


def candidate(ip):
    return f"candidate:1 1 udp 2122260223 {ip} 50000 typ host generation 0"


class StrictPermissions(HubCase):
    settings = ("signaling.strict_permissions=true", PEERS_ON_LOOPBACK, f'auth.secret="{SECRET}"')

    def allocated(self, login):
        turn = client(self.icebox, *login)
        self.assertEqual(turn.allocate().code, DONE)
        return turn

    async def opened(self, names):
        """Peers of one user, each with a certificate of its own, and a TURN session by the credential of each."""
        peers = [Client(self.port, self.add_peer("home", name)) for name in names]
        for number, peer in enumerate(peers):
            await peer.open(f"fp={FINGERPRINTS[number]}")
        logins = [(peer.welcome["ice_servers"][1]["username"], peer.welcome["ice_servers"][1]["credential"])
                  for peer in peers]
        return peers, [self.allocated(login) for login in logins]

    def test_only_what_was_signalled_may_be_permitted(self):
        async def talk():
            (ann, bob), (turn, other) = await self.opened(("ann", "bob"))
            self.assertEqual(turn.permit(("127.0.0.2", 0)).code, FORBIDDEN)
            await bob.socket.send('{"target":"ann","candidate":{"candidate":"%s","sdpMid":"0"}}' % candidate("127.0.0.2"))
            await ann.receive_until("candidate")
            self.assertEqual(turn.permit(("127.0.0.2", 0)).code, DONE)
            self.assertEqual(turn.permit(("127.0.0.2", 0), ("127.0.0.3", 0)).code, FORBIDDEN)
            self.assertEqual(turn.bind(0x4000, ("127.0.0.3", 9)).code, FORBIDDEN)
            self.assertEqual(other.permit(("127.0.0.2", 0)).code, FORBIDDEN, "bob said it, nobody told him")
            await bob.socket.send('{"target":"ann","offer":{"type":"offer","sdp":"v=0\\r\\na=fingerprint:sha-256 %s\\r\\na=%s\\r\\n"}}'
                                  % (FINGERPRINTS[1], candidate("127.0.0.3")))
            await ann.receive_until("offer")
            self.assertEqual(turn.bind(0x4000, ("127.0.0.3", 9)).code, DONE)
            self.assertEqual(turn.permit(("127.0.0.2", 0)).code, DONE)

        asyncio.run(talk())

    def test_what_a_peer_says_to_itself_or_beside_candidates_permits_nothing(self):
        async def talk():
            (ann, bob), (turn, _) = await self.opened(("ann", "bob"))
            for sender, kind in ((ann, "candidate"), (ann, "data"), (bob, "data")):
                await sender.socket.send('{"target":"ann","%s":"a=%s"}' % (kind, candidate("127.0.0.2")))
                await ann.receive_until(kind)
                self.assertEqual(turn.permit(("127.0.0.2", 0)).code, FORBIDDEN, kind)

        asyncio.run(talk())

    def test_who_is_no_peer_is_not_concerned(self):
        turn = self.allocated(rest_credential(SECRET, "somebody"))
        self.assertEqual(turn.permit(("127.0.0.2", 0)).code, DONE)


if __name__ == "__main__":
    unittest.main()
