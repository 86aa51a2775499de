"""Compares icebox's hub with the PeerJS server of npm, side by side in one run; see compare_hub.sh --help."""

import argparse
import datetime
import json
import os
import platform
import resource
import statistics
import subprocess
import sys

import hub_cases
import hub_servers

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
WARM_UP_SECONDS = 2
SPARE_FILES = 200  # of a process, beside one to each client


def main():
    options = _options()
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    run = {"machine": _machine(), "started": _now(), "load_average_before": os.getloadavg(), "rounds": options.rounds,
           "seconds": options.seconds, "cases": [], "versions": {}, "commands": {}}
    for case in hub_cases.CASES:
        if options.cases and not any(case.name.startswith(name) for name in options.cases):
            continue
        clients = min(case.clients, most_files - SPARE_FILES) // 2 * 2
        run["cases"].append(_compare(case, clients, options, run))
    run |= {"ended": _now(), "load_average_after": os.getloadavg()}
    os.makedirs(os.path.dirname(options.output), exist_ok=True)
    with open(f"{options.output}.json", "w", encoding="utf-8") as file:
        json.dump(run, file, indent=1)
    print(_table(run))
    print(f"\nreport: {options.output}.json")


def _options():
    parser = argparse.ArgumentParser(prog="bench/compare_hub.sh", description=__doc__)
    parser.add_argument("--icebox", default=f"{ROOT}/build/release/icebox")
    parser.add_argument("--generator", default=f"{ROOT}/build/release/bench/icebox_load")
    parser.add_argument("--floor", default=f"{ROOT}/build/release/bench/hub_floor")
    parser.add_argument("--rounds", type=int, default=5, help="of each server, alternating (default 5)")
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement (default 5)")
    parser.add_argument("--quick", action="store_true", help="one round of a second: shows that everything works")
    parser.add_argument("--output", default=f"{ROOT}/build/bench/compare_hub", help="report, without .json")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="H1, H2, H3, H4; default all")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 1.0
    return options


def _servers(case, clients, options):
    every = (hub_servers.Icebox(options.icebox, options.generator, "icebox", clients),
             hub_servers.Icebox(options.icebox, options.generator, "peerjs", clients),
             hub_servers.PeerServer(f"{ROOT}/build/bench/compare_hub"), hub_servers.Floor(options.floor))
    return [server for server in every if server.name in case.servers]


def _rate(case, run):
    if not case.half_of:
        return case.rate
    carried = [row["servers"]["icebox /ws"]["median"] for row in run["cases"] if row["name"] == case.half_of]
    if not carried:
        sys.exit(f"compare_hub: {case.name} goes by {case.half_of}; ask for both")
    return int(carried[0] / 2)


def _compare(case, clients, options, run):
    """The rounds of one case, servers in turn."""
    rate = _rate(case, run)
    print(f"{case.name}: {case.title}" + (f", {rate}/s" if rate else ""), file=sys.stderr)
    servers = _servers(case, clients, options)
    results = {server.name: [] for server in servers}
    for number in range(options.rounds):
        for server in servers:
            result = _once(case, server, clients, rate, options, run)
            results[server.name].append(result)
            print(f"  round {number + 1} {server.name}: {result['figure']:.4g} {case.unit} "
                  f"{hub_cases.faults(result) or ''}", file=sys.stderr)
    run["versions"] |= {server.name: server.version() for server in servers}
    return {"name": case.name, "title": case.title, "unit": case.unit, "clients": clients, "rate": rate,
            "target": case.target, "at_least": case.at_least,
            "servers": {name: _summary(rounds) for name, rounds in results.items()}}


def _once(case, server, clients, rate, options, run):
    with hub_servers.running(server) as (process, told):
        argv = [options.generator, "--server", f"{hub_servers.HOST}:{hub_servers.PORT}", "--watch", process.pid, case.mode,
                "--clients", clients, "--seconds", options.seconds, *told, *case.arguments]
        argv += ["--rate", rate] if rate else []
        argv += ["--warm-up", WARM_UP_SECONDS] if case.mode == "hub-relay" else []
        done = subprocess.run(["taskset", "-c", str(hub_servers.GENERATOR_CORE), *map(str, argv)], capture_output=True,
                              text=True, timeout=600, check=False)
        run["commands"] |= {server.name: " ".join(process.args), f"{case.name} {server.name}": " ".join(map(str, argv))}
    if done.returncode != 0:
        raise RuntimeError(f"{case.name}, {server.name}: the generator: {done.stderr}")
    result = json.loads(done.stdout)
    result["figure"] = hub_cases.figure(case, result)
    return result


def _summary(rounds):
    figures = [result["figure"] for result in rounds]
    return {"median": statistics.median(figures), "min": min(figures), "max": max(figures),
            "faults": [found for found in map(hub_cases.faults, rounds) if found], "rounds": rounds}


def _table(run):
    lines = []
    for row in run["cases"]:
        lines.append(f"{row['name']}  {row['clients']} clients: {row['title']}" + (f", at {row['rate']}/s" if row["rate"] else ""))
        baseline = row["servers"].get("PeerServer", {}).get("median")
        for name, server in row["servers"].items():
            spread = f"{server['median']:.4g} ({server['min']:.4g}-{server['max']:.4g}) {row['unit']}"
            ratio = f"{server['median'] / baseline:.2f} x PeerServer" if baseline and name != "PeerServer" else ""
            lines.append(f"    {name:14} {spread:44} {ratio:20} {_verdict(row, name, server, baseline)}".rstrip())
            lines += [f"      in a round: {found}" for found in server["faults"]]
            if "lag_us" in server["rounds"][0]:
                lag = statistics.median(result["lag_us"]["p99"] for result in server["rounds"]) / 1000
                lines.append(f"      the generator sent up to {lag:.3g} ms late (p99)")
    return "\n".join(lines)


def _verdict(row, name, server, baseline):
    if not name.startswith("icebox"):
        return ""
    reached = server["median"] / baseline if row["at_least"] else server["median"]
    met = reached >= row["target"] if row["at_least"] else reached <= row["target"]
    return f"{'met' if met else 'missed'}: {'>=' if row['at_least'] else '<='} {row['target']:g}"


def _machine():
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        models = [line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")]
    return {"cpu": models[0] if models else "unknown", "cores": os.cpu_count(), "kernel": platform.release()}


def _now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


if __name__ == "__main__":
    main()
