"""A peer whose token was stolen, but not its certificate: whatever it sends as offer, answer or candidate, no receiver
hears of another certificate than the sender's own."""
import asyncio
import json
import unittest

from hub_test import Client, HubCase

OWN, OTHER = "AB" * 32, "CD" * 32


def colons(fingerprint):
    return ":".join(fingerprint[i:i + 2] for i in range(0, len(fingerprint), 2))


GOOD = f"v=0\r\na=fingerprint:sha-256 {colons(OWN)}\r\n"
BAD = f"v=0\r\na=fingerprint:sha-256 {colons(OTHER)}\r\n"

# JSON texts: what stands under "offer" or "answer".
NO_DESCRIPTIONS = [json.dumps(body) for body in (
    BAD, None, 7, [], [BAD], {}, {"type": "offer"}, {"sdp": [BAD]}, {"sdp": {"toString": BAD}}, {"sdp": {"sdp": BAD}},
    {"sdp": None}, {"type": "offer", "sdp": GOOD, "SDP": BAD}, {"sdp": GOOD, "\u017fdp": BAD},
    {"sdp": GOOD, "offer": {"sdp": BAD}}, {"sdp": GOOD, "jsep": [{"sdp": BAD}]}, {"sdp": GOOD, "description": BAD},
    {"sdp": GOOD, "fingerprint": OTHER})] + [
        f'{{"sdp":{json.dumps(GOOD)},"sdp":{json.dumps(BAD)}}}', f'{{"s\\u0064p":{json.dumps(BAD)},"sdp":{json.dumps(GOOD)}}}',
        f'{{"sdp":{json.dumps(GOOD)},"type":"offer","typ\\u0065":"answer"}}']
FOREIGN_SDPS = [
    BAD, "", "v=0\r\n", GOOD + BAD, GOOD + f"a=fingerprint sha-256 {colons(OTHER)}\r\n",
    GOOD + f"a=:fingerprint:sha-256 {colons(OTHER)}\r\n", GOOD + f"A=FINGERPRINT:SHA-256 {colons(OTHER)}\r\n",
    GOOD + f"a=candidate:1 1 udp 1 192.0.2.1 9 typ host a=fingerprint:sha-256 {colons(OTHER)}\r\n",
    GOOD + f"a=identity:fingerprint:sha-256 {colons(OTHER)}\r\n", GOOD + f"a=\ufb01ngerprint:sha-256 {colons(OTHER)}\r\n",
    GOOD + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n",
    GOOD + "k=clear:password\r\n"] + [
        f"v=0\r\ns=x{separator}a=fingerprint:sha-256 {colons(OTHER)}\r\n" for separator in
        ("\0", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r", "\n", " ", "\u3000")] + [
            GOOD + f"s=x{separator}" for separator in ("\0", "\v", "\x1c", "\x85", "\u2028")]
CANDIDATES = [f"candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=fingerprint:sha-256 {colons(OTHER)}",
              {"candidate": f"candidate:1\r\na=Fingerprint:sha-256 {colons(OTHER)}"}, {"fingerprint": OTHER}]


class Descriptions(HubCase):
    def test_no_receiver_hears_of_another_certificate(self):
        async def attack(thief, victim):
            async def refused(kind, body, expected):
                nonlocal message_id
                message_id += 1
                await thief.socket.send(f'{{"target":"phone","id":{message_id},"{kind}":{body}}}')
                answer = await thief.receive_until("nack")
                self.assertEqual((answer["nack"], answer["code"]), (message_id, expected), (kind, body, answer))

            message_id = 0
            await victim.open("fp=" + "EF" * 32)
            await thief.open(f"fp={OWN}")
            for kind in ("offer", "answer"):
                for body in NO_DESCRIPTIONS:
                    await refused(kind, body, 400)
                for sdp in FOREIGN_SDPS:
                    await asyncio.sleep(0.02)  # the rate is another matter
                    await refused(kind, json.dumps({"type": kind, "sdp": sdp}), 403)
            for body in CANDIDATES:
                await refused("candidate", json.dumps(body), 400)
            for kind in ("offer", "answer"):
                await thief.socket.send(json.dumps({"target": "phone", kind: {"type": kind, "sdp": GOOD, "call": "c1"}}))
            await thief.socket.send(json.dumps({"target": "phone", "candidate": {"candidate": "", "sdpMid": "0"}}))
            heard = []
            while len(heard) < 3:
                message = await victim.receive()
                heard += [] if "peer_update" in message else [message]
            for kind, message in zip(("offer", "answer", "candidate"), heard):  # and nothing before them
                self.assertIn(kind, message)
            self.assertEqual(heard[0]["offer"], {"type": "offer", "sdp": GOOD, "call": "c1"})
            for peer in (thief, victim):
                await peer.socket.close()

        asyncio.run(attack(Client(self.port, self.add_peer("ann", "laptop")), Client(self.port, self.add_peer("ann", "phone"))))


if __name__ == "__main__":
    unittest.main()
