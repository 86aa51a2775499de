"""The outcome of a comparison: medians and spans, as a table, as JSON and as one HTML page."""

import html
import json
import os
import platform
import statistics

import cases


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        models = [line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")]
    return {"cpu": models[0] if models else "unknown", "cores": os.cpu_count(), "kernel": platform.release()}


def summary(case, outcome):
    """One case of the report: what it was, what each server took, and where icebox stands."""
    servers = {name: _server_summary(results) for name, results in outcome["results"].items()}
    row = {"name": case.name, "title": case.title, "unit": case.unit, "target": case.target,
           "target_is": "absolute" if case.name in cases.ABSOLUTE else "icebox / coturn",
           "rate": outcome["rate"], "servers": servers}
    if "direct" in outcome:
        row["direct"] = outcome["direct"]
    if "icebox" in servers:
        reached = servers["icebox"]["median"]
        if case.name not in cases.ABSOLUTE:
            reached = _ratio(servers)
        row["reached"] = reached
        row["met"] = None if reached is None else reached <= case.target
    return row


def _server_summary(results):
    figures = [result["figure"] for result in results]
    spans = {"median": statistics.median(figures), "min": min(figures), "max": max(figures),
             "worst_loss": max(map(cases.loss, results)), "rounds": results}
    if "latency_us" in results[0]:
        spans["latency_us"] = {quantile: statistics.median(result["latency_us"][quantile] for result in results)
                               for quantile in results[0]["latency_us"]}
    return spans


def _ratio(servers):
    return servers["icebox"]["median"] / servers["coturn"]["median"] if "coturn" in servers else None


def _span(server):
    return f"{server['median']:.2f} ({server['min']:.2f}-{server['max']:.2f})"


def _verdict(row):
    return {True: "met", False: "missed", None: "-"}[row.get("met")]


def _cells(row):
    """(case, unit, icebox, coturn, ratio, target, verdict) as text."""
    icebox, coturn = (row["servers"].get(name) for name in ("icebox", "coturn"))
    ratio = _ratio(row["servers"]) if icebox and coturn and row["name"] != "U10" else None
    bound = f"<= {row['target']:g} {row['unit'] if row['target_is'] == 'absolute' else 'x coturn'}"
    return (row["name"], row["unit"], _span(icebox) if icebox else "-", _coturn_cell(row, coturn),
            f"{ratio:.2f}" if ratio is not None else "-", bound, _verdict(row))


def _coturn_cell(row, coturn):
    if not coturn:
        return "-"
    if row["name"] != "U10":
        return _span(coturn)
    return f"{coturn['median']:.1f} after {coturn['rounds'][0]['requests']}"


def table(run):
    """Plain text for a terminal."""
    rows = [("case", "unit", "icebox", "coturn", "ratio", "target", "")] + [_cells(row) for row in run["cases"]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    for row in run["cases"]:
        for name, server in row["servers"].items():
            if server["worst_loss"] > 0:
                lines.append(f"{row['name']}: {name} lost up to {server['worst_loss']:.3%} in a round")
    return "\n".join(lines)


def write(run, path):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(f"{path}.json", "w", encoding="utf-8") as file:
        json.dump(run, file, indent=1)
    with open(f"{path}.html", "w", encoding="utf-8") as file:
        file.write(_page(run))


_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .6rem;
border-bottom: 1px solid #ddd; vertical-align: top } th { background: #f4f4f4 } td.met { color: #18794e }
td.missed { color: #b42318 } .bar { height: .8rem; border-radius: 2px } .icebox { background: #2f80c3 }
.coturn { background: #c9a227 } .name { display: inline-block; width: 4rem } h3 { margin-bottom: .2rem }
.row { display: flex; gap: .5rem; align-items: center } .row .track { flex: 1 } code { font-size: 12px }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd } th { background: #252525 }
th, td { border-color: #333 } td.met { color: #5fd39a } td.missed { color: #ff8a80 } }
"""


def _page(run):
    head = "".join(f"<th>{cell}</th>" for cell in ("case", "unit", "icebox", "coturn", "ratio", "target", ""))
    rows = "".join(_html_row(row) for row in run["cases"])
    bars = "".join(_bars(row) for row in run["cases"])
    commands = "".join(f"<dt>{html.escape(name)}</dt><dd><code>{html.escape(command)}</code></dd>"
                       for name, command in run["commands"].items())
    facts = ", ".join([f"{name}: {version}" for name, version in run["versions"].items()]
                      + [f"{run['machine']['cpu']}, {run['machine']['cores']} cores, Linux {run['machine']['kernel']}",
                         f"{run['started']} to {run['ended']}",
                         f"{run['rounds']} alternating rounds of {run['seconds']:g} s",
                         f"load average {run['load_average_before'][0]:.1f} before"])
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>icebox and coturn</title>'
            f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
            f"<h1>icebox and coturn on the same work</h1><p>{html.escape(facts)}</p>"
            f"<p>Median (lowest-highest) of the rounds. Less is better everywhere.</p>"
            f"<table><tr>{head}</tr>{rows}</table>{bars}<h2>Commands</h2><dl>{commands}</dl></html>\n")


def _html_row(row):
    cells = _cells(row)
    return (f'<tr title="{html.escape(row["title"])}">' + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells[:-1])
            + f'<td class="{cells[-1]}">{cells[-1]}</td></tr>')


def _bars(row):
    largest = max(max(server["max"] for server in row["servers"].values()), 1e-9)
    lines = "".join(
        f'<div class="row"><span class="name">{name}</span><div class="track"><div class="bar {name}" '
        f'style="width:{max(0.0, server["median"]) / largest:.1%}"></div></div>'
        f'<span>{html.escape(_span(server))}{_latency(server)}</span></div>'
        for name, server in row["servers"].items())
    rate = f" at {row['rate']:,}/s" if row["rate"] else ""
    return f"<h3>{row['name']}: {html.escape(row['title'])}{rate}, {html.escape(row['unit'])}</h3>{lines}"


def _latency(server):
    latency = server.get("latency_us")
    return f" &middot; p50 {latency['p50']:.0f}, p99 {latency['p99']:.0f}, max {latency['max']:.0f} µs" if latency else ""
