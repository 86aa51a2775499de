"""What is compared: the rows of the targets table, as command lines of the generator."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    title: str
    mode: str                     # icebox_load's subcommand
    clients: int
    figure: str                   # a key of FIGURES
    unit: str
    rate: int = 0                 # messages a second; 0: the mode has none, or see `half_of`
    target: float = 0.0
    at_least: bool = False        # the target is a lower bound, of icebox by PeerServer; else an upper one of icebox
    half_of: str = ""             # the rate is half of what icebox's core carries by that case
    servers: tuple = ("icebox /ws", "icebox peerjs", "PeerServer")
    arguments: tuple = ()


WITH_FLOOR = ("icebox /ws", "icebox peerjs", "PeerServer", "floor")

CASES = (
    # icebox takes 50 messages a second of each peer.
    Case("H1a", "200 peers, 800 B, 8000 messages/s", "hub-relay", 200, "per_cpu_second", "messages/CPU s", 8000, 3.0, True,
         servers=WITH_FLOOR),
    Case("H1b", "2000 peers, 800 B, 10 000 messages/s", "hub-relay", 2000, "per_cpu_second", "messages/CPU s", 10_000,
         3.0, True, servers=WITH_FLOOR),
    # Near the most that PeerServer's core carries: rounds are long, and a message costs every server least.
    Case("H1c", "2000 peers, 800 B, 30 000 messages/s", "hub-relay", 2000, "per_cpu_second", "messages/CPU s", 30_000,
         3.0, True, servers=WITH_FLOOR),
    Case("H2", "idle peers, RSS each", "hub-idle", 20_000, "bytes_per_client", "B", target=8000,
         servers=("icebox /ws", "PeerServer"), arguments=("--sources", 8)),
    Case("H3", "peers reconnect at once, 2000 messages/s meanwhile", "hub-reconnect", 10_000, "reconnect_seconds", "s",
         2000, 5.0, servers=("icebox /ws",), arguments=("--sources", 8, "--window", 10_000)),
    Case("H4", "2000 peers at half load, p99", "hub-relay", 2000, "p99_ms", "ms", target=2.0, half_of="H1b",
         servers=("icebox /ws", "PeerServer")),
)

FIGURES = {
    "per_cpu_second": lambda result: result["delivered"] / result["server"]["cpu_us"] * 1e6,
    "bytes_per_client": lambda result: 1024 * (result["server"]["rss_after_kib"] - result["attach"]["rss_before_kib"])
    / result["clients"],
    "reconnect_seconds": lambda result: result["all_attached_seconds"] or float("inf"),
    "p99_ms": lambda result: result["latency_us"]["p99"] / 1000,
}


def figure(case, result):
    """The number that a target is about."""
    return FIGURES[case.figure](result)


def faults(result):
    """What must not happen and did, as {name: count}."""
    names = ("lost", "duplicates", "reordered", "misdelivered", "corrupt", "refused", "disconnected", "unaccepted")
    return {name: result[name] for name in names if result.get(name)}
