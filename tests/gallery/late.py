"""Pages that take their time, go elsewhere, ask questions or never rest."""

from __future__ import annotations

from tests.gallery.case import Case, Look
from tests.pixels import BLUE, GREEN, MAGENTA, RED


def _skeleton(look: Look) -> None:
    look.size(800, 600)
    look.rows(0, 6)
    look.slots(0, 6)


def _fade(look: Look) -> None:
    look.box(0, 0, 800, 300, BLUE, "the hero")
    look.box(0, 300, 800, 300, RED, "the part below")


def _worker(look: Look) -> None:
    look.box(0, 0, 300, 300, GREEN, "the worker's picture")
    look.point(700, 500, BLUE, "the second visit's background")


def _hydrated(look: Look) -> None:
    look.size(800, 2000)
    look.rows(0, 20)
    look.slots(0, 20)


def _landing(look: Look) -> None:
    look.size(800, 1200)
    look.rows(0, 12)
    look.slots(0, 12)


def _dialogs(look: Look) -> None:
    look.size(800, 1060)
    look.rows(0, 10)
    look.box(0, 1000, 800, 60, MAGENTA, "end")


def _never(look: Look) -> None:
    look.size(800, 30 + 1500 + 20 + 60)
    look.rows(30, 15)
    look.box(0, 1550, 800, 60, MAGENTA, "end")


def _blank(look: Look) -> None:
    look.size(800, 1200)
    look.rows(0, 12)


def _thoughtful(look: Look) -> None:
    look.size(800, 600)
    look.rows(0, 6)


def _headline(look: Look) -> None:
    look.ink(0, 0, 800, 300, "the headline")


def _truly_blank(look: Look) -> None:
    look.size(800, 600)
    look.box(0, 0, 800, 600, (255, 255, 255), "the page")


CASES = (
    Case("skeleton", "Grey boxes are filled when the picture is taken.", _skeleton),
    Case("fade-in", "What fades in after loading is there, fully.", _fade),
    Case("service-worker", "What a service worker answers is in the picture.", _worker),
    Case("hydration", "A body that a script replaces is shown as it ends.", _hydrated),
    Case("redirect-script", "A script's redirect is followed.", _landing),
    Case("meta-refresh", "A refresh within seconds is followed.", _landing),
    Case("dialogs", "Alerts and questions do not stand in the way.", _dialogs),
    Case("never-settles", "A page that never loads or rests is shown as it is.", _never, restless=True),
    Case("blank-first", "A page that is empty at first is waited for.", _blank),
    Case("slow-paint", "So is one that is invisible at first.", _thoughtful),
    Case("font-hangs", "Words in a font that never comes are to be read.", _headline, restless=True),
    Case("truly-blank", "A page with nothing on it is a picture of nothing.", _truly_blank),
)
