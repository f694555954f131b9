"""Faults while somebody waits for a picture, and what they are to see."""

from __future__ import annotations

from dataclasses import dataclass

from tests.faults.proxy import Rule


@dataclass(frozen=True)
class Waited:
    """A fault while somebody waits for a picture."""

    fault: str
    rule: Rule
    vendor: str
    status: int
    form: str = ""
    """Something of the vendor's error form."""


OURS = "Something went wrong on our side"
WAITED = {
    case.fault: case
    for case in (
        Waited("S3 answers the picture with 500, once", Rule("error", "s3", "PUT", times=1), "pagepixels", 200),
        Waited("S3 answers the picture with 500, always", Rule("error", "s3", "PUT"), "pixcap", 500, "can't be stored"),
        Waited("S3 throttles the picture, twice", Rule("throttle", "s3", "PUT", times=2), "savepage", 200),
        Waited("S3 is slow", Rule("slow", "s3", "PUT", times=1, seconds=1), "getscreenshot", 200),
        Waited("S3 is cut off once it has the picture", Rule("cut after", "s3", "PUT", times=1), "pixcap", 200),
        Waited("DynamoDB answers 500, once", Rule("error", "dynamodb", "", "api", times=1), "savepage", 200),
        Waited("DynamoDB answers 500, always", Rule("error", "dynamodb", "", "api"), "pagepixels", 500, OURS),
        Waited("DynamoDB throttles, twice", Rule("throttle", "dynamodb", "", "api", times=2), "getscreenshot", 200),
        Waited("DynamoDB throttles, always", Rule("throttle", "dynamodb", "", "api"), "getscreenshot", 500, OURS),
        Waited("DynamoDB is slow", Rule("slow", "dynamodb", "", "api", seconds=0.5), "pixcap", 200),
        Waited(
            "DynamoDB is cut off once it has written, twice",
            Rule("cut after", "dynamodb", "TransactWriteItems", "api", times=2),
            "pagepixels",
            200,
        ),
        Waited("Lambda throttles", Rule("throttle", "lambda"), "savepage", 422, "All workers are busy"),
        Waited("Lambda answers 500", Rule("error", "lambda"), "pixcap", 500, "CAPTURE_ERROR"),
        Waited("Lambda is cut off after the capture", Rule("cut after", "lambda"), "getscreenshot", 503, "busy"),
        Waited("SQS answers 500, always", Rule("error", "sqs", "", "api"), "browshot", 500, OURS),
        Waited("SQS throttles, twice", Rule("throttle", "sqs", "", "api", times=2), "browshot", 200),
    )
}
