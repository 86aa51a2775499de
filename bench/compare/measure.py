"""Runs of the generator against a server, alternating between servers."""

import dataclasses
import json
import os
import sys

import cases
import servers
import topology

SERVER_CORE, GENERATOR_CORE = 0, min(1, os.cpu_count() - 1)
LOSSLESS = 0.0005  # above this part lost, a relay is not compared at this rate
RATE_STEPS, RATE_FACTOR = 8, 0.85
WARM_UP_SECONDS = 1
# coturn keeps some 20 kB for each stranger for a minute: a million of them would fill this machine.
COTURN_FLOOD = ("--requests", 5000, "--warm-up", 500)


class Bench:
    def __init__(self, net, generator, rounds, seconds, flood_arguments=()):
        self.net = net
        self.generator = os.path.abspath(generator)
        self.rounds = rounds
        self.seconds = seconds
        self.flood_arguments = flood_arguments
        self.commands = {}  # by server or case: the last command line, for the report

    def load(self, case, *, rate=None, seconds=None, watched=0, direct=False, more=()):
        """One run of the generator: its result, with the drops of every hop added."""
        net = self.net
        argv = [self.generator, "--server", f"{topology.SERVER}:{servers.PORT}", "--user", servers.USER,
                "--password", servers.PASSWORD, "--client-netns", net.host("client").netns,
                "--peer-netns", net.host("peer").netns, "--peer", topology.FAR if direct else topology.PEER,
                "--watch", watched, case.mode, *case.arguments]
        if case.seconds:
            argv += ["--seconds", seconds or self.seconds]
        if case.rate:
            argv += ["--rate", rate or case.rate]
        argv += [*(["--direct"] if direct else []), *more]
        before = net.drops()
        result = self._run(argv)
        result["drops"] = topology.difference(before, net.drops())
        self.commands[f"{case.name}{' direct' if direct else ''}"] = " ".join(map(str, argv))
        return result

    def _run(self, argv):
        pinned = ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", GENERATOR_CORE, *argv]
        process = self.net.adopt(topology.lab.Process([*map(str, pinned)], self.net.new_log("generator")))
        status = process.wait(timeout=600)
        if status != 0:
            raise RuntimeError(f"the generator ended with status {status}: {process.tail()}")
        return json.loads(process.output().splitlines()[-1])

    def prove_generator(self, case, rate):
        """Twice the rate with no relay in between."""
        arguments = tuple(part for part in case.arguments if part not in ("--paired", "--indications"))
        plain = dataclasses.replace(case, arguments=arguments)
        return self.load(plain, rate=2 * rate, seconds=2, direct=True)

    def once(self, case, server, rate=None, seconds=None, warm_up=WARM_UP_SECONDS):
        """A fresh server, warmed up with the same load, then measured."""
        flood = case.mode == "flood"
        with servers.running(server, self.net, SERVER_CORE, guarded=flood) as process:
            self.commands[server.name] = " ".join(process.argv)
            more = ("--warm-up", warm_up) if case.rate else ()
            if flood:
                more = COTURN_FLOOD if server.name == "coturn" else self.flood_arguments
            return self.load(case, rate=rate, seconds=seconds, watched=process.pid, more=more)

    def lossless_rate(self, case, compared):
        """The highest of a few rates at which none of the servers loses packets."""
        rate = case.rate
        for _ in range(RATE_STEPS):
            if all(cases.loss(self.once(case, server, rate, 2, warm_up=0)) <= LOSSLESS for server in compared):
                return rate
            rate = int(rate * RATE_FACTOR)
        print(f"  {case.name}: loses packets even at {rate}/s; the figures below are with loss", file=sys.stderr)
        return rate

    def compare(self, case, compared, progress):
        """The rounds of one case: {"rate": ..., "direct": ..., "results": {server: [result, ...]}}."""
        rate = self.lossless_rate(case, compared) if case.mode == "relay" else case.rate
        outcome = {"rate": rate, "results": {server.name: [] for server in compared}}
        if case.mode == "relay":
            outcome["direct"] = self.prove_generator(case, rate)
        rounds = 1 if case.mode == "flood" else self.rounds
        for number in range(rounds):
            for server in compared:
                result = self.once(case, server, rate)
                result["figure"] = cases.figure(case, result)
                outcome["results"][server.name].append(result)
                progress(case, number, server, result)
        return outcome
