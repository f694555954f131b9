"""Measures the contenders, everybody in turns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.peers.contenders import Contender
from benchmarks.peers.driving import Case, ContenderFailedError, Driver, cold

CASES = (
    Case("text, jpeg", "/text"),
    Case("text, png", "/text", type="png", quality=None),
    Case("photos, jpeg", "/photos"),
    Case("app, jpeg", "/app"),
    Case("full page, jpeg", "/text", full=True),
)
WAYS = ((1, 2), (1, 4), (2, 1))
"""Programs, and pictures that each takes at the same time: everybody's best way counts."""

WARM_UPS = 2
PAUSE_S = 0.1
ROUND = 24
"""Pictures to measure pictures per minute by, a program."""


@dataclass
class Result:
    """What a contender came to; seconds, bytes."""

    warm: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)
    cold: list[float] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    memory: int = 0
    rates: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    """Pictures per minute, by way."""
    failure: str = ""

    @property
    def way(self) -> tuple[int, int]:
        """The one with the best median."""
        return max(self.rates, key=lambda way: median(self.rates[way]), default=(0, 0))

    @property
    def per_minute(self) -> float:
        """The best way's median: one lucky turn is not what a user gets."""
        return median(self.rates.get(self.way, [0]))


Results = dict[str, Result]


@dataclass(frozen=True)
class Run:
    """What is measured, where."""

    site: str
    everybody: Sequence[Contender]
    results: Results
    folder: Path
    """For pictures and logs; it has a folder for each program of `WAYS`."""

    def going(self) -> list[Contender]:
        """Those that have not failed."""
        return [contender for contender in self.everybody if not self.results[contender.name].failure]


def measure_warm(run: Run, turns: int) -> None:
    """Take turns over all contenders and pictures; then watch the memory of each by itself."""
    with ExitStack() as stack:
        drivers = []
        for contender in run.everybody:
            try:
                driver = Driver(contender, run.folder)
            except ContenderFailedError as failure:
                run.results[contender.name].failure = str(failure)
            else:
                stack.callback(driver.stop)
                drivers.append(driver)
        for case in CASES:
            _measure_case(run, drivers, case, turns)
        for driver in drivers:
            _measure_memory(run, driver)


def _measure_case(run: Run, drivers: Sequence[Driver], case: Case, turns: int) -> None:
    for _ in range(WARM_UPS):
        for driver in drivers:
            _turn(run, driver, case)
    used = {driver.name: driver.processor_time() for driver in drivers}
    for _ in range(turns):
        for driver in drivers:
            seconds = _turn(run, driver, case)
            run.results[driver.name].warm.setdefault(case.name, []).append(seconds)
    time.sleep(PAUSE_S)
    for driver in drivers:
        run.results[driver.name].processor[case.name] = (driver.processor_time() - used[driver.name]) / turns


def _turn(run: Run, driver: Driver, case: Case) -> float:
    """Seconds, after a pause in which nobody pays for what another one does after its answer."""
    result = run.results[driver.name]
    if result.failure:
        return 0
    time.sleep(PAUSE_S)
    started = time.perf_counter()
    try:
        body = driver.take(run.site, case)
    except ContenderFailedError as failure:
        result.failure = str(failure)
        return 0
    seconds = time.perf_counter() - started
    result.sizes[case.name] = len(body)
    return seconds


def _measure_memory(run: Run, driver: Driver) -> None:
    result = run.results[driver.name]
    if result.failure:
        return
    with driver.watched() as samples:
        try:
            driver.take_all(run.site, list(CASES), at_once=1)
        except ContenderFailedError as failure:
            result.failure = str(failure)
    result.memory = max(samples)


def measure_cold(run: Run, turns: int) -> None:
    """From the program's start to the first picture, in turns."""
    for _ in range(turns):
        for contender in run.going():
            try:
                seconds = cold(contender, run.folder, run.site, CASES[0])
            except ContenderFailedError as failure:
                run.results[contender.name].failure = str(failure)
            else:
                run.results[contender.name].cold.append(seconds)


def measure_throughput(run: Run, turns: int) -> None:
    """Pictures per minute, each way in turns; a way in which a contender fails is none."""
    for _ in range(turns):
        for programs, at_once in WAYS:
            for contender in run.going():
                if contender.one_at_a_time and at_once > 1:
                    continue
                result = run.results[contender.name]
                try:
                    rate = _rate(run, contender, programs, at_once)
                except ContenderFailedError as failure:
                    print(f"{programs} x {at_once} at once: {failure}")
                    continue
                result.rates.setdefault((programs, at_once), []).append(rate)


def _rate(run: Run, contender: Contender, programs: int, at_once: int) -> float:
    cases = [CASES[number % 4] for number in range(ROUND)]
    with ExitStack() as stack, ThreadPoolExecutor(programs) as pool:
        drivers = [Driver(contender, run.folder / str(number)) for number in range(programs)]
        for driver in drivers:
            stack.callback(driver.stop)

        def take(some: list[Case]) -> None:
            for work in [pool.submit(driver.take_all, run.site, some, at_once=at_once) for driver in drivers]:
                work.result()

        take(cases[:4])
        started = time.perf_counter()
        take(cases)
        return 60 * programs * ROUND / (time.perf_counter() - started)
