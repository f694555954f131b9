"""What `make deploy` adds to what was built: the revision, and the template whose `snap` is a container image.

`python -m pagelapse.local.release revision [PARAMETERS …]` prints the digest of what was built and of the parameters.
`python -m pagelapse.local.release image URI` writes the other template beside the built one, and prints where.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import yaml

from pagelapse.local import template as templates
from pagelapse.local.limits import BUILD
from pagelapse.local.problem import Problem, give_up
from pagelapse.local.template import Template

API = "ApiFunction"
SNAP = "SnapFunction"
IMAGE_TEMPLATE = "snap-image.yaml"


def revision(build: Path, parameters: Sequence[str] = ()) -> str:
    """The digest that `api` gets a new version by: equal for equal files and parameters, whenever they were built.

    Raises:
        Problem: When nothing was built.
    """
    template = _built(build)
    digest = hashlib.sha256(repr(sorted(parameters)).encode() + template.read_bytes())
    layers = templates.read(template)["Resources"][API]["Properties"]["Layers"]
    for folder in (build / API, *(build / layer["Ref"] for layer in layers)):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(str(path.relative_to(build)).encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def with_image(template: Template, uri: str) -> Template:
    """The built template, whose `snap` runs from an image instead of layers: all that points to it stays as it is.

    Args:
        template: As `sam build` wrote it; changed in place.
        uri: Of the image, in ECR.
    """
    defaults = template["Globals"]["Function"]
    zipped_only = {name: defaults.pop(name) for name in ("Runtime", "Handler") if name in defaults}
    functions = templates.of_type(template, templates.FUNCTION)
    for name, function in functions.items():
        if name != SNAP:
            function["Properties"] = zipped_only | function["Properties"]
    snap = functions[SNAP]["Properties"]
    layers = {layer["Ref"] for layer in snap["Layers"]}
    for name in ("CodeUri", "Layers", "Runtime", "Handler"):
        snap.pop(name, None)
    snap |= {"PackageType": "Image", "ImageUri": uri}
    used = {layer["Ref"] for function in functions.values() for layer in function["Properties"].get("Layers", ())}
    for name in layers - used:
        del template["Resources"][name]
    return template


def _built(build: Path) -> Path:
    template = build / "template.yaml"
    if not template.is_file():
        raise Problem("Nothing was built: run `make build`.")
    return template


def main() -> int:
    """Print a revision, or write the other template."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=["revision", "image"])
    parser.add_argument("given", nargs="*")
    arguments = parser.parse_args()
    try:
        if arguments.what == "revision":
            print(revision(BUILD, arguments.given))
        else:
            (uri,) = arguments.given
            target = BUILD / IMAGE_TEMPLATE
            template = with_image(templates.read(_built(BUILD)), uri)
            target.write_text(yaml.safe_dump(template, sort_keys=False))
            print(target)
    except Problem as problem:
        return give_up(problem)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
