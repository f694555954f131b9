"""Where everything of a local stack lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pagelapse.local.pins import AXE, CHROMIUM

REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Layout:
    """The paths of one stack; several stacks share the repository and its tools, and differ in `state`."""

    state: Path = REPOSITORY / ".local"
    """What one stack writes: its data, its key, its log."""
    repository: Path = REPOSITORY

    @property
    def venv(self) -> Path:
        """The application's virtual environment."""
        return self.repository / ".venv"

    @property
    def emulator_venv(self) -> Path:
        """The emulator's, which pins other versions of the same packages."""
        return self.repository / ".local" / "emulator-venv"

    @property
    def chromium(self) -> Path:
        """The browser's executable, its libraries and `fonts/` beside it."""
        return self.repository / ".local" / "chromium" / CHROMIUM.version / "chromium"

    @property
    def filters(self) -> Path:
        """The filter lists and the consent engine, with their licences."""
        return self.repository / ".local" / "filters"

    @property
    def axe(self) -> Path:
        """The script of the accessibility rules, which only tests use."""
        return self.repository / ".local" / "axe" / AXE.version / "axe.min.js"

    @property
    def services(self) -> Path:
        """The emulated services' state, written when the emulator stops."""
        return self.state / "services"

    @property
    def objects(self) -> Path:
        """The buckets' contents."""
        return self.state / "objects"

    @property
    def tmp(self) -> Path:
        """The stack's `TMPDIR`; as part of their environment it also tells the stack's processes from others."""
        return self.state / "tmp"

    @property
    def log(self) -> Path:
        """What the emulator says."""
        return self.state / "emulator.log"

    @property
    def api_id(self) -> Path:
        """Holds the id of the deployed HTTP API, which the clean paths lead to."""
        return self.state / "api-id"

    @property
    def env(self) -> Path:
        """`NAME=value` lines for scripts, with the key: readable by the owner only."""
        return self.state / "env"

    @property
    def running(self) -> Path:
        """Names the process that supervises the stack while it runs."""
        return self.state / "running"
