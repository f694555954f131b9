"""The fontconfig configuration that goes with the fonts."""

from __future__ import annotations

from pathlib import Path

_NAMES = {
    "Arimo": ("Arial", "Helvetica", "Liberation Sans", "sans-serif", "system-ui"),
    "Tinos": ("Times New Roman", "Times", "Liberation Serif", "serif"),
    "Cousine": ("Courier New", "Courier", "Liberation Mono", "monospace"),
    "Carlito": ("Calibri",),
    "Caladea": ("Cambria",),
    "Gelasio": ("Georgia",),
    "DejaVu Sans": ("Verdana", "Bitstream Vera Sans"),
    "Comic Relief": ("Comic Sans MS", "cursive"),
    "Noto Color Emoji": ("Apple Color Emoji", "Segoe UI Emoji", "emoji"),
    "Noto Sans JP": ("Hiragino Sans", "Hiragino Kaku Gothic ProN", "Yu Gothic", "YuGothic", "Meiryo", "MS PGothic"),
    "Noto Sans SC": ("PingFang SC", "Microsoft YaHei", "SimSun", "SimHei", "PingFang TC", "Microsoft JhengHei"),
    "Noto Sans KR": ("Apple SD Gothic Neo", "Malgun Gothic", "Dotum", "Gulim"),
}
"""Names that pages ask for, for the font of the same metrics or, in the last rows, for one that has the forms of the
same language. This Chromium ignores fontconfig's aliases, so the names are added to the fonts themselves when they are
scanned."""


def write_configuration(folder: Path, fonts_at: Path) -> None:
    """Write `folder`/fonts.conf.

    Args:
        folder: Where the fonts are now.
        fonts_at: Where they will be when Chromium runs.
    """
    scans = "".join(_scan(family, name) for family, names in _NAMES.items() for name in names)
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>\n'
        f"  <dir>{fonts_at}</dir>\n"
        f"  <cachedir>{fonts_at}/cache</cachedir>\n"
        '  <cachedir prefix="xdg">fontconfig</cachedir>\n'
        '  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"{scans}</fontconfig>\n"
    )


def _scan(family: str, name: str) -> str:
    return (
        f'  <match target="scan"><test name="family"><string>{family}</string></test>'
        f'<edit name="family" mode="append"><string>{name}</string></edit></match>\n'
    )
