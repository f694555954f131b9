"""What Chromium is launched with, beside what Playwright adds."""

from __future__ import annotations

import re
from pathlib import Path

import playwright

from pagelapse.adapters.browser.chromium import LAUNCH_ARGS

DRIVER = Path(playwright.__file__).parent / "driver" / "package" / "lib" / "coreBundle.js"


def test_no_feature_of_playwrights_is_lost() -> None:
    """Chromium heeds the last list of features only, so ours repeats what Playwright turns on."""
    (listed,) = re.findall(r"enabledFeatures = \(\) => \[(.*?)\]", DRIVER.read_text(), re.DOTALL)
    theirs = re.findall(r'"(\w+)"', listed)
    (ours,) = (arg.partition("=")[2] for arg in LAUNCH_ARGS if arg.startswith("--enable-features="))
    assert theirs
    assert set(theirs) <= set(ours.split(","))


def test_playwrights_list_of_what_is_off_stays() -> None:
    """A second list of features to be turned off would take the place of Playwright's."""
    assert not [arg for arg in LAUNCH_ARGS if arg.startswith("--disable-features")]
