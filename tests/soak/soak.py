#!/usr/bin/python3
"""Real time: see README.md.  soak.py MINUTES"""

import contextlib
import os
import random
import re
import sys
import threading
import time

for folder in ("attack", "lab"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder))
import echo
import turn_client
import turn_server
import world
from world import ECHO_PORT, lab

TRANSPORTS = ("udp", "tcp", "tls", "dtls")
PERMISSION_SECONDS, CHANNEL_SECONDS, ALLOCATION_SECONDS, REST_SECONDS, NONCE_SECONDS = 300, 600, 600, 300, 3600
REBIND_SECONDS = 240  # as browsers do
TOLERANCE_SECONDS = 3
WARM_UP_SECONDS, MAX_GROWTH_BYTES = 120, 6 << 20
CHURN_PAUSE_SECONDS = 0.02


class Scenario(threading.Thread):
    """One client and what it watches. `problems` is what went wrong; `said` what it measured."""

    def __init__(self, net, target, transport, name, run):
        super().__init__(daemon=True)
        self.name = f"{name}, {transport}"
        self.net, self.target, self.transport, self.body = net, target, transport, run
        self.peer = (net.host("peer").ipv4, ECHO_PORT)
        self.problems, self.said = [], ""
        self.ending = threading.Event()
        self.start()

    def client(self, transport=None, host="innocent"):
        transport = transport or self.transport
        wire = turn_client.connect(transport, self.net.host(host), self.target.address(transport))
        return turn_client.TurnClient(wire, turn_server.USER, turn_server.PASSWORD)

    def run(self):
        try:
            self.body(self)
        except Exception as error:  # whatever it is, the run has failed
            self.problems.append(f"{type(error).__name__}: {error}")

    def expect(self, answer, *codes):
        if answer.code not in codes:
            self.problems.append(f"{answer.code} instead of {codes} after {time.monotonic() - self.began:.0f} s")

    def begin(self, client):
        self.began = time.monotonic()
        self.expect(client.allocate(), 200)

    def age(self):
        return time.monotonic() - self.began


def comes_back(client, send):
    """Sends a payload until it is seen again, three times at most."""
    payload = os.urandom(40)
    for _ in range(3):
        send(payload)
        deadline = time.monotonic() + 0.5
        while (left := deadline - time.monotonic()) > 0 and (received := client.receive(left)):
            if received[1] == payload:
                return True
    return False


def call(scenario):
    """A call kept as browsers keep theirs: refreshed a minute before the end, rebound every four minutes."""
    client = scenario.client()
    scenario.begin(client)
    scenario.expect(client.bind(0x4000, scenario.peer), 200)
    next_bind, next_refresh, trips, lost = REBIND_SECONDS, ALLOCATION_SECONDS - 60, 0, 0
    while not scenario.ending.wait(0.1):
        if comes_back(client, lambda payload: client.send_channel(0x4000, payload)):
            trips += 1
        else:
            lost += 1
            scenario.problems.append(f"silence after {scenario.age():.0f} s")
        if scenario.age() > next_bind:
            scenario.expect(client.bind(0x4000, scenario.peer), 200)
            next_bind += REBIND_SECONDS
        if scenario.age() > next_refresh:
            scenario.expect(client.refresh(), 200)
            next_refresh += ALLOCATION_SECONDS - 60
    scenario.said = f"{trips} round trips in {scenario.age():.0f} s, {lost} lost"
    scenario.expect(client.refresh(0), 200)


def ends_after(scenario, client, send, seconds, what, meanwhile=lambda: None):
    """`send` is answered until `seconds` from now, and not after."""
    started = time.monotonic()
    last = 0.0
    while not scenario.ending.wait(0.5):
        meanwhile()
        if comes_back(client, send):
            last = time.monotonic() - started
        elif time.monotonic() - started > last + 5:
            scenario.said += f"{what} ended after {last:.1f} s; "
            if abs(last - seconds) > TOLERANCE_SECONDS:
                scenario.problems.append(f"{what} ended after {last:.1f} s instead of {seconds}")
            return True
    if time.monotonic() - started > seconds + TOLERANCE_SECONDS:
        scenario.problems.append(f"{what} did not end")
    return False


def permission(scenario):
    """Five minutes for a permission, whatever is sent by it; then a new one opens it again."""
    client = scenario.client()
    scenario.begin(client)
    scenario.expect(client.permit(scenario.peer), 200)
    if ends_after(scenario, client, lambda payload: client.send(scenario.peer, payload), PERMISSION_SECONDS,
                  "permission"):
        scenario.expect(client.permit(scenario.peer), 200)
        if not comes_back(client, lambda payload: client.send(scenario.peer, payload)):
            scenario.problems.append("a renewed permission does not work")
    client.refresh(0)


def channel(scenario):
    """Ten minutes for a channel, though its permission ends after five; then its number rests for five."""
    client = scenario.client()
    scenario.begin(client)
    scenario.expect(client.bind(0x4000, scenario.peer), 200)
    bound = time.monotonic()
    renewed = [0.0]

    def keep_allocation():
        if scenario.age() > renewed[0] + REBIND_SECONDS:
            renewed[0] = scenario.age()
            scenario.expect(client.refresh(), 200)

    if ends_after(scenario, client, lambda payload: client.send_channel(0x4000, payload), CHANNEL_SECONDS, "channel",
                  keep_allocation):
        other = (scenario.peer[0], ECHO_PORT + 1)
        while not scenario.ending.wait(5):
            keep_allocation()
            rested = time.monotonic() - bound - CHANNEL_SECONDS
            code = client.bind(0x4000, other).code
            if code == 200 or rested > REST_SECONDS + TOLERANCE_SECONDS:
                scenario.said += f"number free again {rested:.0f} s later; "
                if code != 200 or rested < REST_SECONDS - TOLERANCE_SECONDS:
                    scenario.problems.append(f"{code} for the number {rested:.0f} s after its channel")
                break
    client.refresh(0)


def forgotten(scenario):
    """Ten minutes for an allocation that nobody refreshes."""
    client = scenario.client()
    client.wire.timeout = 1
    scenario.begin(client)
    while not scenario.ending.wait(1):
        answer = client.permit(scenario.peer)
        if answer.code == 437:
            scenario.said = f"allocation ended after {scenario.age():.1f} s"
            if abs(scenario.age() - ALLOCATION_SECONDS) > TOLERANCE_SECONDS:
                scenario.problems.append(scenario.said)
            return
        scenario.expect(answer, 200)
    if scenario.age() > ALLOCATION_SECONDS + TOLERANCE_SECONDS:
        scenario.problems.append("allocation did not end")


def old_nonce(scenario):
    """One nonce from the beginning for an hour, and a 438 with a new one after it."""
    client = scenario.client()
    scenario.begin(client)
    first = client.login.nonce
    while not scenario.ending.wait(20):
        answer = client.refresh(login=client.login)  # takes up no 438
        if answer.code == 438:
            scenario.said = f"nonce stale after {scenario.age():.0f} s"
            if abs(scenario.age() - NONCE_SECONDS) > 20 + TOLERANCE_SECONDS:
                scenario.problems.append(scenario.said)
            client.heed(answer)
            scenario.expect(client.refresh(), 200)
            break
        scenario.expect(answer, 200)
    if client.login.nonce == first:
        scenario.said = f"one nonce good for {scenario.age():.0f} s"
    client.refresh(0)


def churn(scenario):
    """Clients that come, talk and go, by Refresh(0) or without a word."""
    chance = random.Random(scenario.transport)
    made, last_word = 0, {}  # of whom the kernel gave the same port before
    scenario.began = time.monotonic()
    while not scenario.ending.wait(CHURN_PAUSE_SECONDS):
        client = scenario.client(host="attacker")
        answer, place = client.allocate(), client.wire.local
        before = last_word.get(place)
        if answer.code == 437 and before == "none":
            answer = client.refresh(0)
        elif answer.code == 200:
            made += 1
            scenario.expect(client.bind(0x4000, scenario.peer), 200)
            if not comes_back(client, lambda payload: client.send_channel(0x4000, payload)):
                scenario.problems.append("a new call carries nothing")
            without_a_word = chance.random() > (0.9 if scenario.transport in turn_client.STREAMS else 0.9995)
            answer = None if without_a_word else client.refresh(0)
        last_word[place] = "none" if answer is None else f"Refresh(0) {answer.code}"
        if answer is not None and answer.code != 200:
            scenario.problems.append(f"{answer.code} for {place}, whose last user's last word was {before}")
        client.close()
    scenario.said = f"{made} allocations"


def watch(target, scenarios, seconds):
    """One line a minute. What is wrong with the server's memory and descriptors."""
    started, base, largest = time.monotonic(), None, 0
    while time.monotonic() - started < seconds and not any(s.problems for s in scenarios):
        time.sleep(min(60, max(0.1, started + seconds - time.monotonic())))
        memory, descriptors = target.memory(), target.descriptors()
        if base is None and time.monotonic() - started > WARM_UP_SECONDS:
            base = memory
        largest = max(largest, memory)
        print(f"{(time.monotonic() - started) / 60:5.1f} min: {target.allocations():.0f} allocations, "
              f"{memory / 1e6:.1f} MB, {descriptors} descriptors", flush=True)
    if base and largest > base + MAX_GROWTH_BYTES:
        return [f"memory grew from {base / 1e6:.1f} to {largest / 1e6:.1f} MB"]
    return []


def main():
    if len(sys.argv) != 2 or not re.fullmatch(r"\d+(\.\d+)?", sys.argv[1]):
        sys.exit(__doc__)
    lab.require_root()
    seconds = float(sys.argv[1]) * 60
    with lab.Lab(clients={"innocent": "direct", "attacker": "direct"}) as net:
        target = world.Target(net, "server", {**world.NO_LIMIT, **world.MANY})
        echo.Echo(net.host("peer"))
        scenarios = [Scenario(net, target, transport, name, run) for transport in TRANSPORTS for name, run in
                     (("call", call), ("permission", permission), ("channel", channel), ("forgotten", forgotten),
                      ("nonce", old_nonce), ("churn", churn))]
        problems = watch(target, scenarios, seconds)
        for scenario in scenarios:
            scenario.ending.set()
        for scenario in scenarios:
            scenario.join(30)
            outcome = "FAILED" if scenario.problems else "ok"
            print(f"{outcome:6}  {scenario.name}: {scenario.said or 'no timer within this run'}")
            problems += [f"{scenario.name}: {problem}" for problem in scenario.problems[:5]]
        with contextlib.suppress(AttributeError):
            problems += filter(None, [target.server.stop()])
    for problem in problems:
        print(f"FAILED  {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
