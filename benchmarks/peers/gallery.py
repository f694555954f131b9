"""Who pictures the gallery of hard pages truly: `python -m benchmarks.peers.gallery`.

The pages and the checks are the tests'. Each contender is asked for the whole page at the gallery's window, in the way
in which it comes, and waits as long as it does by itself; pages that need an option that not all of them have are left
out. A contender that gives no picture in time is ended, and begins anew with the next page.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.gallery.all import GALLERY
from tests.gallery.case import VIEWPORT
from tests.gallery.case import Case as Hard
from tests.site.server import Site, serving

from benchmarks.peers.contenders import OURS_QUIET, Contender, contenders
from benchmarks.peers.driving import Case, ContenderFailedError, Driver

AS_IT_COMES = (OURS_QUIET, "bare Playwright (Node)", "puppeteer-core", "browserless, as it comes", "capture-website")
"""shot-scraper is Playwright, and pageres is capture-website, as far as the picture goes."""

LIMIT_S = 30.0
COMMON = {"viewport"}
"""Options that every contender has."""


class Running:
    """A contender that is started again when it had to be ended."""

    def __init__(self, contender: Contender, folder: Path) -> None:
        self.contender = contender
        self._folder = folder
        self._driver: Driver | None = None

    def wrong(self, site: Site, hard: Hard) -> list[str]:
        """What is wrong with its picture of a page."""
        size = hard.asked()["viewport"]
        case = Case(hard.name, hard.path, "png", None, full=True, width=size["width"], height=size["height"])
        try:
            if self._driver is None:
                self._driver = Driver(self.contender, self._folder, limit_s=LIMIT_S)
            return hard.wrong(self._driver.take(site.url(""), case))
        except ContenderFailedError as failure:
            self.stop()
            return [f"no picture: {failure}"]

    def stop(self) -> None:
        """End it."""
        if self._driver is not None:
            self._driver.stop()
        self._driver = None


@contextmanager
def running(everybody: list[Contender], folder: Path) -> Iterator[list[Running]]:
    """All contenders, ended afterwards."""
    found = [Running(contender, folder) for contender in everybody]
    try:
        yield found
    finally:
        for one in found:
            one.stop()


def asked_of_all() -> list[Hard]:
    """The pages that everybody can be asked for: whole, without an option of ours."""
    return [hard for hard in GALLERY if set(hard.options) <= COMMON]


def main() -> int:
    """Print who passes what; exit status 1 when somebody passes more than we do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="also print what is wrong")
    verbose = parser.parse_args().verbose
    right: dict[str, int] = {}
    with serving() as site, tempfile.TemporaryDirectory() as scratch:
        everybody, _ = contenders(site.url(""))
        with running([c for c in everybody if c.name in AS_IT_COMES], Path(scratch)) as found:
            print(f"{f'{VIEWPORT[0]}x{VIEWPORT[1]}':<44}" + "".join(f"{one.contender.name:>26}" for one in found))
            for hard in asked_of_all():
                wrongs = [one.wrong(site, hard) for one in found]
                print(f"{hard.name + hard.query:<44}" + "".join(f"{'-' if wrong else 'right':>26}" for wrong in wrongs))
                for one, wrong in zip(found, wrongs, strict=True):
                    right[one.contender.name] = right.get(one.contender.name, 0) + (not wrong)
                    if wrong and verbose:
                        print(f"    {one.contender.name}: {'; '.join(wrong)[:200]}")
    print(f"{'right':<44}" + "".join(f"{count:>26}" for count in right.values()))
    return int(max(right.values()) > right[OURS_QUIET])


if __name__ == "__main__":
    raise SystemExit(main())
