"""What is compared: the rows of the targets table, as command lines of the generator."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    """One row. `arguments` go to icebox_load; `rate` is what its --rate starts from."""
    name: str
    title: str
    mode: str                # icebox_load's subcommand
    arguments: tuple = ()
    rate: int = 0
    target: float = 0.0      # icebox's figure as a part of coturn's; of an absolute target, the bound itself
    unit: str = "µs/packet"  # of figure()
    seconds: bool = True     # whether the run takes a length


RELAY_CASES = (
    Case("U1", "1 allocation, 160 B, bursts of 16, client to peer", "relay",
         ("--allocations", 1, "--burst", 16, "--payload", 160, "--direction", "to-peer"), 100_000, 0.50),
    Case("U2", "1000 allocations, 160 B, single packets, both ways", "relay",
         ("--allocations", 1000, "--peers", 16, "--burst", 1, "--payload", 160), 80_000, 0.65),
    Case("U3", "100 allocations, 1200 B, bursts of 8, both ways", "relay",
         ("--allocations", 100, "--peers", 16, "--burst", 8, "--payload", 1200), 75_000, 0.55),
    Case("U4", "relay to relay, 100 pairs, 160 B, single packets, both ways", "relay",
         ("--paired", "--allocations", 200, "--burst", 1, "--payload", 160), 50_000, 0.42),
    Case("U5", "Send and Data indications, 100 allocations, 160 B, single packets, both ways", "relay",
         ("--indications", "--allocations", 100, "--peers", 16, "--burst", 1, "--payload", 160), 60_000, 0.68),
)
OTHER_CASES = (
    Case("U8", "Allocate (challenged) + ChannelBind + Refresh(0)", "cycles", rate=1000, target=0.30, unit="µs/cycle"),
    Case("U9", "10 000 idle allocations, memory each", "idle", ("--allocations", 10_000), target=2.0,
         unit="kB/allocation"),
    Case("U10", "1 000 000 spoofed Binding and Allocate requests, memory", "flood", target=1.0, unit="MB",
         seconds=False),
)
CASES = RELAY_CASES + OTHER_CASES
ABSOLUTE = ("U9", "U10")  # targets that no other server takes part in


def figure(case, result):
    """The number that a target is about, from one result of the generator."""
    server = result["server"]
    grown_kib = server["rss_after_kib"] - server["rss_before_kib"]
    if case.mode == "relay":
        return server["cpu_us"] / max(1, result["delivered"])
    if case.mode == "cycles":
        return server["cpu_us"] / max(1, result["completed"])
    if case.mode == "idle":
        return grown_kib * 1.024 / result["allocations"]
    return grown_kib / 1024


def loss(result):
    """The part of packets that did not come out, or of cycles that failed."""
    if result["mode"] == "relay":
        return result["lost"] / max(1, result["sent"])
    if result["mode"] == "cycles":
        return result["failed"] / max(1, result["begun"])
    return 0.0
