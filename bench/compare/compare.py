"""Compares icebox with Debian's coturn, side by side in one run; see compare.sh --help."""

import argparse
import datetime
import os
import resource
import sys

import cases
import measure
import report
import servers
import topology

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
WANTED_FILES = 100_000


def main():
    options = _options()
    _raise_file_limit()
    if os.cpu_count() < 2:
        sys.exit("compare: two cores are needed, one for the server and one for the generator")
    rounds, seconds = (1, 1.0) if options.quick else (options.rounds, options.seconds)
    compared = _compared(options)
    run = {"machine": report.machine(), "started": _now(), "load_average_before": os.getloadavg(),
           "rounds": rounds, "seconds": seconds, "versions": {server.name: server.version() for server in compared},
           "cases": []}
    with topology.Topology() as net:
        bench = measure.Bench(net, options.generator, rounds, seconds, _flood_arguments(options))
        for case in cases.CASES:
            if options.cases and case.name not in options.cases:
                continue
            print(f"{case.name}: {case.title}", file=sys.stderr)
            outcome = bench.compare(case, compared, _progress)
            run["cases"].append(report.summary(case, outcome))
        run["commands"] = bench.commands
    run |= {"ended": _now(), "load_average_after": os.getloadavg()}
    report.write(run, options.output)
    print(report.table(run))
    print(f"\nreports: {options.output}.json, {options.output}.html")


def _options():
    parser = argparse.ArgumentParser(prog="bench/compare.sh", description=__doc__)
    parser.add_argument("--icebox", default=f"{ROOT}/build/release/icebox")
    parser.add_argument("--generator", default=f"{ROOT}/build/release/bench/icebox_load")
    parser.add_argument("--rounds", type=int, default=5, help="of each server, alternating (default 5)")
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement (default 8)")
    parser.add_argument("--quick", action="store_true", help="one round of a second: shows that everything works")
    parser.add_argument("--only", choices=("icebox", "coturn"), help="one server, nothing to compare with")
    parser.add_argument("--output", default=f"{ROOT}/build/bench/compare", help="reports, without .json and .html")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="U1, U2, ...; default all")
    options = parser.parse_args()
    unknown = set(options.cases) - {case.name for case in cases.CASES}
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(case.name for case in cases.CASES)}")
    return options


def _compared(options):
    all_servers = [servers.Icebox(options.icebox), servers.Coturn()]
    return [server for server in all_servers if options.only in (None, server.name)]


def _flood_arguments(options):
    return ("--requests", 50_000, "--warm-up", 20_000) if options.quick else ()


def _raise_file_limit():
    """Ten thousand allocations are as many sockets in the server, and in the generator."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (WANTED_FILES, max(hard, WANTED_FILES)))
    except (OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _progress(case, number, server, result):
    lost = cases.loss(result)
    print(f"  round {number + 1} {server.name}: {result['figure']:.2f} {case.unit}"
          f"{f', {lost:.2%} lost' if lost else ''}", file=sys.stderr)


def _now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


if __name__ == "__main__":
    main()
