"""Pagelapse's capture beside what a user would pick instead: time per picture, pictures per minute, memory, bytes.

Everybody drives the same Chromium with the same fonts to the same pages of a local server, in turns in one run. Warm
is a second picture and later of a program that goes on running, cold is from the program's start. Processor time and
memory are the whole process tree's. Ratios are to Pagelapse.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.peers import site as pages
from benchmarks.peers.contenders import OURS, OURS_QUIET, contenders
from benchmarks.peers.measuring import (
    CASES,
    WAYS,
    Result,
    Results,
    Run,
    measure_cold,
    measure_throughput,
    measure_warm,
)


def report_warm(results: Results) -> None:
    """Print a picture's time, and the processor time of all processes."""
    ours = results[OURS]
    print(f"\n{'warm, ms (ratio)':<26}" + "".join(f"{case.name:>18}" for case in CASES) + f"{'all':>8}")
    for name, r in _measured(results):
        cells = [_cell(_median(r.warm[c.name]), _median(ours.warm[c.name])) for c in CASES]
        print(f"{name:<26}" + "".join(f"{cell:>18}" for cell in cells) + f"{_all(r, ours):>8.2f}")
    print("\nprocessor time, ms (ratio)")
    for name, r in _measured(results):
        cells = [_cell(r.processor[c.name], ours.processor[c.name]) for c in CASES]
        print(f"{name:<26}" + "".join(f"{cell:>18}" for cell in cells))
    print(f"\n{'':<26}{'memory, MB':>18}{'bytes of all':>20}")
    for name, r in _measured(results):
        size, our_size = sum(r.sizes.values()), sum(ours.sizes.values())
        memory = f"{r.memory / 1e6:.0f} ({r.memory / ours.memory:.2f})"
        print(f"{name:<26}{memory:>18}{size:>13,} ({size / our_size:.2f})", flush=True)


def report_cold(results: Results) -> None:
    """Print the time from a program's start to its first picture."""
    print(f"\n{'':<26}{'cold, ms (ratio)':>18}")
    for name, r in _measured(results):
        print(f"{name:<26}{_cell(_median(r.cold), _median(results[OURS].cold)):>18}", flush=True)


def report_throughput(results: Results) -> None:
    """Print pictures per minute, and by how many programs with how many pictures at the same time."""
    print(f"\n{'':<26}{'a minute (ratio)':>18}{'best way':>10}")
    for name, r in _measured(results):
        rate = f"{r.per_minute:.0f} ({r.per_minute / results[OURS].per_minute:.2f})"
        print(f"{name:<26}{rate:>18}{f'{r.way[0]}x{r.way[1]}':>10}", flush=True)


def _measured(results: Results) -> list[tuple[str, Result]]:
    return [(name, result) for name, result in results.items() if not result.failure]


def _median(seconds: list[float]) -> float:
    return statistics.median(seconds)


def _cell(seconds: float, ours: float) -> str:
    return f"{seconds * 1000:.0f} ({seconds / ours:.2f})"


def _all(result: Result, ours: Result) -> float:
    return statistics.geometric_mean(_median(result.warm[c.name]) / _median(ours.warm[c.name]) for c in CASES)


def verdict(results: Results) -> list[str]:
    """Who is faster warm, or takes more pictures per minute, a sentence each."""
    ours, worse = results[OURS], []
    for name, result in results.items():
        if name in (OURS, OURS_QUIET) or result.failure:
            continue
        faster = [c.name for c in CASES if _median(result.warm[c.name]) < _median(ours.warm[c.name])]
        if faster:
            worse.append(f"{name} is faster warm: {', '.join(faster)}")
        if result.per_minute > ours.per_minute:
            worse.append(f"{name} takes more pictures per minute")
    return worse


def main() -> int:
    """Measure, and say whether a peer is better; exit status 1 when one is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--only", nargs="*", help="names of contenders, beside Pagelapse")
    arguments = parser.parse_args()
    with pages.serving() as site, tempfile.TemporaryDirectory() as scratch:
        for number in range(max(programs for programs, _ in WAYS)):
            (Path(scratch) / str(number)).mkdir()
        everybody, missing = contenders(site)
        if arguments.only is not None:
            everybody = [c for c in everybody if c.name == OURS or c.name in arguments.only]
        results = {contender.name: Result() for contender in everybody}
        run = Run(site, everybody, results, Path(scratch))
        measure_warm(run, arguments.turns)
        report_warm(results)
        measure_cold(run, max(2, arguments.turns // 2))
        report_cold(results)
        measure_throughput(run, max(3, arguments.turns // 2))
        report_throughput(results)
    for reason in [f"{name}: {why}" for name, why in missing.items()] + [r.failure for r in results.values()]:
        if reason:
            print(f"not measured: {reason}")
    worse = verdict(results)
    print("\n".join(worse) or "No peer is faster warm, and none takes more pictures per minute.")
    return int(bool(worse))


if __name__ == "__main__":
    raise SystemExit(main())
