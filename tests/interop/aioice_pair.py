#!/usr/bin/python3
"""Two relay-only agents of aioice. See pair_test.py."""

import asyncio
import os
import random

import aioice

MESSAGES = 200
CONNECT_SECONDS, RECEIVE_SECONDS = 20, 10


def agent(controlling):
    env = os.environ
    return aioice.Connection(
        ice_controlling=controlling, transport_policy=aioice.TransportPolicy.RELAY,
        turn_server=(env["TURN_HOST"], int(env["TURN_PORT"])), turn_username=env["TURN_USER"],
        turn_password=env["TURN_PASSWORD"], turn_ssl=env["TURN_TRANSPORT"] == "tls",
        turn_transport="udp" if env["TURN_TRANSPORT"] == "udp" else "tcp")


async def hand_over(giver, taker):
    for candidate in giver.local_candidates:
        assert candidate.type == "relay", candidate
        await taker.add_remote_candidate(candidate)
    await taker.add_remote_candidate(None)
    taker.remote_username, taker.remote_password = giver.local_username, giver.local_password


async def transfer(sender, receiver, seed):
    randomness = random.Random(seed)
    for _ in range(MESSAGES):
        message = randomness.randbytes(randomness.randint(1, 1200))
        await sender.send(message)
        received = await asyncio.wait_for(receiver.recv(), RECEIVE_SECONDS)
        assert received == message, f"sent {len(message)} bytes, received {len(received)} others"


async def main():
    left, right = agent(True), agent(False)
    await asyncio.gather(left.gather_candidates(), right.gather_candidates())
    assert left.local_candidates and right.local_candidates, "no relay candidate"
    await hand_over(left, right)
    await hand_over(right, left)
    await asyncio.wait_for(asyncio.gather(left.connect(), right.connect()), CONNECT_SECONDS)
    await transfer(left, right, seed=1)
    await transfer(right, left, seed=2)
    await left.close()
    await right.close()


asyncio.run(main())
