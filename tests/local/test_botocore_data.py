"""botocore's descriptions, cut down to what a function calls."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.config import Config
from botocore.loaders import Loader
from botocore.stub import Stubber

from pagelapse.local import botocore_data
from pagelapse.local.layers import SNAP_CALLS

WHOLE = Path(botocore.__file__).parent / "data"


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as the layer of `snap` has it."""
    data = tmp_path_factory.mktemp("botocore")
    for service in ("s3", "sqs", "sts"):
        shutil.copytree(WHOLE / service, data / service)
    for file in WHOLE.glob("*.json"):
        shutil.copyfile(file, data / file.name)
    botocore_data.trim(data, SNAP_CALLS)
    return data


def _client(data: Path, service: str) -> Any:
    session = botocore.session.get_session()
    session.register_component("data_loader", Loader([str(data)], include_default_search_paths=False))
    return session.create_client(
        service,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(signature_version="s3v4") if service == "s3" else None,
    )


def test_a_picture_is_stored_with_what_is_left(trimmed: Path) -> None:
    """S3's PutObject is understood, and goes where the whole description sends it."""
    sent = _sent(_client(trimmed, "s3"))
    assert sent.url == "https://pictures.s3.eu-central-1.amazonaws.com/a"
    whole = _sent(_client(WHOLE, "s3"))
    assert (sent.method, sent.url, set(sent.headers)) == (whole.method, whole.url, set(whole.headers))


def test_a_report_is_sent_with_what_is_left(trimmed: Path) -> None:
    """SQS's SendMessage is understood, with its attributes and its errors."""
    client = _client(trimmed, "sqs")
    assert client.meta.endpoint_url == "https://sqs.eu-central-1.amazonaws.com"
    asked = {"QueueUrl": "https://queue", "MessageBody": "{}", "MessageAttributes": {}}
    with Stubber(client) as stub:
        stub.add_response("send_message", {"MessageId": "1"}, asked)
        assert client.send_message(**asked)["MessageId"] == "1"
    assert client.exceptions.QueueDoesNotExist


def test_nothing_else_is_read_on_a_cold_start(trimmed: Path) -> None:
    """What is left of two services' descriptions is a tenth of what there was, unpacked, and no other service's."""
    assert sorted(folder.name for folder in trimmed.iterdir() if folder.is_dir()) == ["s3", "sqs"]
    assert sum(file.stat().st_size for file in trimmed.rglob("*.*")) < 300_000


def _sent(client: Any) -> Any:
    """The request that would store an object; none is made."""
    sent: list[Any] = []

    def stop(request: Any, **_: object) -> None:
        sent.append(request)
        raise _StoppedError

    client.meta.events.register("before-send.s3.PutObject", stop)
    with suppress(_StoppedError):
        client.put_object(Bucket="pictures", Key="a", Body=b"x", ContentType="image/png", Tagging="a=b")
    return sent[0]


class _StoppedError(Exception):
    """Raised in a request's place."""
