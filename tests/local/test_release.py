"""What `make deploy` adds to the build: a revision, and `snap` as an image."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from pagelapse.local import limits, release
from pagelapse.local import template as templates
from pagelapse.local.layout import REPOSITORY
from pagelapse.local.problem import Problem
from pagelapse.local.template import Template

TEMPLATE = templates.read(REPOSITORY / "template.yaml")
REVISION = "0123456789abcdef0123456789abcdef01234567"
URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/pagelapse-snap:1"


class _Policies:
    """No managed policy is used."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    """SAM's translation wants to know one."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def _deployed(template: Template, **parameters: str) -> dict[str, Any]:
    """The resources that CloudFormation gets, once the code lies in S3."""
    template = copy.deepcopy(template)
    for name, found in template["Resources"].items():
        for source in ("CodeUri", "ContentUri"):
            if source in found.get("Properties", {}):
                given = found["Properties"][source]
                found["Properties"][source] = given if given.startswith("s3://") else f"s3://code/{name}"
    values = {name: given["Default"] for name, given in template["Parameters"].items()} | parameters
    made: dict[str, Any] = transform(template, values, _Policies())["Resources"]
    return made


def _version(template: Template, **parameters: str) -> str:
    ((name, version),) = (
        (name, found)
        for name, found in _deployed(template, **parameters).items()
        if found["Type"] == "AWS::Lambda::Version"
    )
    assert version["DeletionPolicy"] == "Delete"
    return name


@pytest.mark.parametrize("layer", ["ApplicationLayer", "ApiPackagesLayer"])
def test_a_changed_layer_makes_a_new_version_of_api(layer: str) -> None:
    """The code of `api` is in layers, so a layer with other contents publishes a version, also without a revision."""
    changed = copy.deepcopy(TEMPLATE)
    changed["Resources"][layer]["Properties"]["ContentUri"] = "s3://code/changed"
    assert _version(TEMPLATE) == _version(TEMPLATE)
    assert _version(changed) != _version(TEMPLATE)


def test_a_revision_makes_a_new_version_of_api() -> None:
    """A parameter's new value, which SAM overlooks, publishes a version by the revision that comes with it."""
    assert _version(TEMPLATE, AllowHosts="a.test") == _version(TEMPLATE, AllowHosts="b.test")
    assert _version(TEMPLATE, Revision=REVISION) != _version(TEMPLATE)
    assert _version(TEMPLATE, Revision=REVISION[::-1]) != _version(TEMPLATE, Revision=REVISION)


def test_requests_go_to_the_published_version() -> None:
    """API Gateway calls the alias of the last published version, which SnapStart needs; no other does."""
    made = _deployed(TEMPLATE)
    (alias,) = (found for found in made.values() if found["Type"] == "AWS::Lambda::Alias")
    assert alias["Properties"]["Name"] == "live"
    assert "ApiFunctionAliaslive" in str(made["HttpApi"]["Properties"])
    switched = {name for name, found in made.items() if "SnapStart" in found.get("Properties", {})}
    assert switched == {"ApiFunction"}
    assert made["ApiFunction"]["Properties"]["SnapStart"] == {
        "ApplyOn": {"Fn::If": ["HasSnapStart", "PublishedVersions", "None"]}
    }


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build with little in it."""
    (tmp_path / "template.yaml").write_text(yaml.safe_dump(TEMPLATE))
    for name in ("ApiFunction", "ApplicationLayer", "ApiPackagesLayer", "ChromiumLayer"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "code.py").write_text(name)
    return tmp_path


def test_equal_builds_have_equal_revisions(build: Path) -> None:
    """A revision changes with the code of `api`, with its layers and with the parameters alone."""
    first = release.revision(build, ["A=1", "B=2"])
    (build / "ChromiumLayer" / "code.py").write_text("another")
    assert release.revision(build, ["B=2", "A=1"]) == first
    assert release.revision(build, ["A=1"]) != first
    (build / "ApplicationLayer" / "code.py").write_text("another")
    assert release.revision(build, ["A=1", "B=2"]) != first


def test_without_a_build_there_is_no_revision(tmp_path: Path) -> None:
    """Before `make build` the problem is told."""
    with pytest.raises(Problem, match="make build"):
        release.revision(tmp_path)


def test_snap_as_an_image_is_the_same_function() -> None:
    """From an image, `snap` has the same role, settings, sizes and queue; only its layers go, and no other's."""
    made = release.with_image(copy.deepcopy(TEMPLATE), URI)
    before, after = (template["Resources"]["SnapFunction"]["Properties"] for template in (TEMPLATE, made))
    assert after["PackageType"] == "Image"
    assert after["ImageUri"] == URI
    assert {name: before[name] for name in before if name not in ("CodeUri", "Layers")} == {
        name: after[name] for name in after if name not in ("PackageType", "ImageUri")
    }
    assert TEMPLATE["Resources"].keys() - made["Resources"].keys() == {"SnapPackagesLayer", "ChromiumLayer"}
    assert list(limits.broken_in(made, REPOSITORY)) == []


@pytest.mark.slow
def test_the_template_with_an_image_is_sound(tmp_path: Path) -> None:
    """SAM translates the template whose `snap` is an image, and cfn-lint finds nothing in it."""
    made = release.with_image(copy.deepcopy(TEMPLATE), URI)
    snap = _deployed(made)["SnapFunction"]["Properties"]
    assert snap["Code"] == {"ImageUri": URI}
    assert not snap.keys() & {"Runtime", "Handler", "Layers"}
    path = tmp_path / "template.yaml"
    path.write_text(yaml.safe_dump(made, sort_keys=False))
    lint = [Path(sys.executable).with_name("cfn-lint"), path]
    assert subprocess.run(lint, capture_output=True, text=True, check=False).stdout == ""
