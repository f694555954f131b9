"""Lambda's limits, held against the template and against what was built."""

from __future__ import annotations

import copy
import subprocess
import sys
import sysconfig
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from pagelapse.adapters import unpacking
from pagelapse.adapters.unpacking import zstd
from pagelapse.local import layers, limits, packing
from pagelapse.local import template as templates
from pagelapse.local.layout import REPOSITORY

BUILT = limits.BUILD / "template.yaml"
TEMPLATE = templates.read(REPOSITORY / "template.yaml")
SNAP_START = {"ApplyOn": "PublishedVersions"}


def test_lambda_takes_the_template() -> None:
    """No function of the template passes a limit, sets a reserved variable, or names a handler that isn't there."""
    assert list(limits.broken_in(TEMPLATE, REPOSITORY)) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"Handler": "handler.missing"}, "there is no handler.missing"),
        ({"Handler": "nowhere.handler"}, "there is no nowhere.handler"),
        ({"Timeout": 901}, "Timeout is 901"),
        ({"MemorySize": 64}, "MemorySize is 64"),
        ({"EphemeralStorage": {"Size": 20_000}}, "EphemeralStorage is 20000"),
        ({"Layers": ["a"] * 6}, "more than 5 layers"),
        ({"SnapStart": SNAP_START, "AutoPublishAlias": "live"}, "no more than 512 MB of ephemeral storage"),
        ({"SnapStart": SNAP_START, "EphemeralStorage": {"Size": 512}}, "published versions only"),
        (
            {
                "SnapStart": SNAP_START,
                "AutoPublishAlias": "live",
                "EphemeralStorage": {"Size": 512},
                "Runtime": "python3.11",
            },
            "Python 3.12 or later",
        ),
        (
            {
                "SnapStart": SNAP_START,
                "AutoPublishAlias": "live",
                "EphemeralStorage": {"Size": 512},
                "PackageType": "Image",
            },
            "no image",
        ),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "AWS_REGION is reserved"),
        ({"Environment": {"Variables": {"A": "x" * 4096}}}, "Lambda takes 4096"),
        ({"Environment": {"Variables": {f"V{i}": {"Ref": "Table"} for i in range(30)}}}, "Lambda takes 4096"),
    ],
)
def test_what_lambda_refuses_is_told(change: dict[str, Any], complaint: str) -> None:
    """Each thing that Lambda would refuse is told with the function's name before anything is uploaded."""
    template = copy.deepcopy(TEMPLATE)
    template["Resources"]["SnapFunction"]["Properties"].update(change)
    (sentence,) = limits.broken_in(template, REPOSITORY)
    assert sentence.startswith("SnapFunction: ")
    assert complaint in sentence


def test_the_environment_is_reckoned_at_its_longest() -> None:
    """Names that CloudFormation makes count as long as they can become, and what can't be known as an ARN does."""
    variables: Any = {"A": {"Fn::Sub": "https://${AWS::Region}/${Q.QueueName}"}, "B": {"Fn::GetAtt": ["Role", "Arn"]}}
    environment = {"Variables": {**variables, "C": "x" * 3600}}
    properties = {"PackageType": "Image", "Environment": environment}
    template = {"Resources": {"F": {"Type": templates.FUNCTION, "Properties": properties}}}
    known = 3 + len("https://") + 14 + 1 + 80 + 150 + 3600
    assert list(limits.broken_in(template, REPOSITORY)) == []
    environment["Variables"]["D"] = "x" * 400
    assert list(limits.broken_in(template, REPOSITORY)) == [
        f"F: its environment takes {known + 401} bytes, Lambda takes 4096"
    ]


def test_a_function_is_as_large_as_its_layers_and_itself(tmp_path: Path) -> None:
    """The size that counts is the function's with all its layers, and a layer that was not built is told."""
    for name in (*templates.of_type(TEMPLATE, templates.FUNCTION), *templates.of_type(TEMPLATE, templates.LAYER)):
        (tmp_path / name / "python").mkdir(parents=True)
        (tmp_path / name / "python" / "code").write_bytes(b"1234567")
    found = limits.sizes(TEMPLATE, tmp_path)
    assert found["SnapFunction"] == 4 * 7
    (tmp_path / "ChromiumLayer" / "python" / "code").unlink()
    (tmp_path / "ChromiumLayer" / "python").rmdir()
    (tmp_path / "ChromiumLayer").rmdir()
    with pytest.raises(FileNotFoundError, match="ChromiumLayer was not built"):
        limits.sizes(TEMPLATE, tmp_path)


def test_layers_are_uploaded_through_a_bucket() -> None:
    """A layer's ZIP above 50 MB, which Lambda takes from S3 only, is uploaded there."""
    configuration = tomllib.loads((REPOSITORY / "samconfig.toml").read_text())
    assert configuration["default"]["deploy"]["parameters"]["resolve_s3"] is True


@pytest.mark.skipif(not BUILT.is_file(), reason="nothing was built: `make build` checks what it builds")
def test_what_was_built_fits() -> None:
    """No built function takes more than Lambda allows with its layers, and `snap` leaves room to grow."""
    found = limits.sizes(templates.read(BUILT), limits.BUILD)
    assert max(found.values()) <= limits.GOAL_UNZIPPED < limits.MAX_UNZIPPED


@pytest.mark.browser
def test_snap_fits_by_what_this_machine_has(chromium_path: Path) -> None:
    """Also without a build: the browser and the packages of this machine, packed in haste, stay under the limit."""
    quick = zstd.ZstdCompressor(level=1)
    chromium = len(quick.compress(packing.stripped(chromium_path.read_bytes()), quick.FLUSH_FRAME))
    fonts = sum(_in_layer(path) for path in (chromium_path.parent / "fonts").glob("*.ttf"))
    site = Path(sysconfig.get_path("purelib"))
    node = len(quick.compress(packing.stripped((site / "playwright/driver/node").read_bytes()), quick.FLUSH_FRAME))
    assert chromium + node + fonts + _packages(site) < limits.MAX_UNZIPPED


def _in_layer(font: Path) -> int:
    """Bytes that a font takes in the layer, where some are packed and the emoji's pictures are there once."""
    needed = packing.without_table(font.read_bytes(), b"SVG ")
    packed = font.name in [Path(name).name for name in unpacking.FONTS]
    return len(zstd.compress(needed, 1) if packed else needed)


def _packages(site: Path) -> int:
    """Bytes that this environment's packages take in `snap`'s layer, about: bytecode is as large as its source."""
    lock = (REPOSITORY / "requirements" / "runtime.txt").read_text()
    names = {line.partition("==")[0].replace("-", "_") for line in lock.splitlines() if "==" in line}
    folders = [path for path in site.iterdir() if path.name.lower() in names or path.name in ("PIL", "pillow.libs")]
    total = 0
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        inside = path.relative_to(site)
        unwanted = (*layers.NEVER, *layers.NOT_IN_SNAP, "**/__pycache__")
        if not any(fnmatch(str(part), pattern) for part in (inside, *inside.parents) for pattern in unwanted):
            data = inside.parts[:2] == ("botocore", "data") and inside.parts[2] not in layers.SNAP_CALLS
            total += 0 if data else path.stat().st_size
    return total


@pytest.mark.slow
def test_snap_imports_what_its_layer_has() -> None:
    """The `snap` function and its clients import no package that is left out of its layer."""
    script = (
        "import sys; sys.path.insert(0, 'functions/snap'); import handler; from pagelapse.capture import images;"
        "from PIL import Image; [images.encode(Image.new('RGB', (9, 9)), t, None) for t in ('png', 'webp', 'avif')];"
        "from pagelapse.capture.reading import to_markdown; to_markdown('<b>a', limit_s=9);"
        "from pagelapse.adapters.aws import s3_client, sqs_client; s3_client(); sqs_client(); print(*sys.modules);"
        "print(*(name.split('site-packages/')[1] for name in open('/proc/self/maps') if 'site-packages/' in name))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env={"AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": str(REPOSITORY / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    modules = {name.replace(".", "/") for name in done.stdout.split()}
    missing = {name for name in modules for pattern in layers.NOT_IN_SNAP if fnmatch(name, pattern)}
    assert "pagelapse/snapping" in modules
    assert missing == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["api", "results", "schedule", "sweep"])
def test_functions_import_no_code_for_pictures(name: str) -> None:
    """The functions whose layers are without Pillow don't import it; `compare` has a layer of its own for that."""
    script = f"import sys; sys.path.insert(0, 'functions/{name}'); import handler; print('PIL' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env={"AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": str(REPOSITORY / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
    compare = templates.of_type(TEMPLATE, templates.FUNCTION)["CompareFunction"]
    layers_of = {each["Ref"] for each in compare["Properties"]["Layers"]}
    assert "PicturesLayer" in layers_of
