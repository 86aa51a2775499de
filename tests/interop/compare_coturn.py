#!/usr/bin/python3
"""Asks icebox and Debian's coturn the same, and holds every difference between the answers to what is known of it.

    compare_coturn.py [WORD...]           only the cases whose name contains one of the WORDs
    compare_coturn.py --print [WORD...]   what both say, as a table

Fails on a difference that compare_cases.py does not have, on one that is gone, on an answer of icebox that is not the
one written there, and on one without its explanation in compare_coturn.md.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import compare_probe
import echo
import lab
import turn_server
from compare_cases import CASES
from compare_steps import QUOTA

KINDS, USES = ("icebox", "coturn"), ("plain", "quota")
EXPLANATIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compare_coturn.md")


def start(net, kind, use):
    """A server of its own where a quota is compared: coturn gives back what was used of it only much later."""
    name = f"{kind}-{use}"
    folder = os.path.join(net.directory, name)
    os.mkdir(folder)
    user, password = compare_probe.OTHER
    settings = {"auth.users": f'{{{turn_server.USER}="{turn_server.PASSWORD}",{user}="{password}"}}'}
    if use == "plain":  # what its clients release counts for a while
        settings |= {"relay.allocations_per_user": "10000", "relay.allocations_per_source": "10000"}
    options = ["--user", f"{user}:{password}"]
    if use == "quota":
        settings["relay.allocations_per_user"] = str(QUOTA)
        options += ["--user-quota", QUOTA]
    return turn_server.start(net.host(name), folder, kind=kind, settings=settings, coturn_options=options)


def say(case, server, net):
    """What `server` says to `case`."""
    probe = compare_probe.Probe(server, net.host("client"), net.host("peer"))
    try:
        return case[1](probe)
    except compare_probe.turn_client.DirtyPadding:
        return "old memory in the padding"
    except (OSError, ValueError, AssertionError, compare_probe.turn_client.Closed) as error:
        return f"{type(error).__name__} {error}"
    finally:
        probe.end()


def problems_of(case, ours, theirs, explained):
    name, _, wanted = case[:3]
    wanted_of_coturn = case[3] if len(case) > 3 else wanted
    if ours != wanted:
        yield f"icebox says '{ours}' instead of '{wanted}'"
    if theirs != wanted_of_coturn:
        yield f"coturn says '{theirs}' instead of '{wanted_of_coturn}'"
    if len(case) > 3 and wanted == wanted_of_coturn:
        yield "is no difference; leave coturn's answer out"
    if (len(case) > 3) != (f"| {name} |" in explained):
        yield "compare_coturn.md has one line for each difference, and for nothing else"


def main():
    lab.require_root()
    printing = "--print" in sys.argv[1:]
    words = [word for word in sys.argv[1:] if word != "--print"]
    with open(EXPLANATIONS, encoding="utf-8") as file:
        explained = file.read()
    chosen = [case for case in CASES if not words or any(word in case[0] for word in words)]
    failed = 0
    with lab.Lab(clients={"client": "direct", **{f"{kind}-{use}": "direct" for kind in KINDS for use in USES}}) as net:
        servers = {(kind, use): start(net, kind, use) for use in USES for kind in KINDS}
        echo.Echo(net.host("peer"))
        for case in chosen:
            use = "quota" if "quota" in case[0] else "plain"
            ours, theirs = (say(case, servers[kind, use], net) for kind in KINDS)
            if printing:
                print(f"{case[0]:60} | {ours:60} | {theirs if theirs != ours else '='}", flush=True)
                continue
            for problem in problems_of(case, ours, theirs, explained):
                failed += 1
                print(f"FAILED  {case[0]}: {problem}", flush=True)
        for server in servers.values():
            if died := server.stop():
                failed += 1
                print(f"FAILED  {died}")
    print(f"{len(chosen)} cases, {sum(len(case) > 3 for case in chosen)} known differences, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
