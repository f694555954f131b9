"""Deploys template.yaml to the emulator through boto3 alone, and adds what the emulator leaves out."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError, WaiterError

from pagelapse.local import template as templates
from pagelapse.local.problem import Problem
from pagelapse.local.template import Template

if TYPE_CHECKING:
    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_apigatewayv2.type_defs import CorsTypeDef
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_s3 import S3Client

STACK = "pagelapse"
_CODE_BUCKET = "pagelapse-code"
_POLL: Any = {"Delay": 0.1, "MaxAttempts": 600}
_UNCHANGED = ("didn't contain changes", "No updates are to be performed")


def upload_code(s3: S3Client, template: Template, repository: Path) -> None:
    """Zip each function's folder into a bucket and point `template` there."""
    s3.create_bucket(Bucket=_CODE_BUCKET)
    for function in templates.of_type(template, templates.FUNCTION).values():
        code = zipped(repository / function["Properties"]["CodeUri"])
        key = f"{hashlib.sha256(code).hexdigest()}.zip"
        s3.put_object(Bucket=_CODE_BUCKET, Key=key, Body=code)
        function["Properties"]["CodeUri"] = f"s3://{_CODE_BUCKET}/{key}"


def upload_template(s3: S3Client, template: Template) -> str:
    """Store the template beside the code, since a request takes 51,200 bytes of one only; returns its address."""
    key = f"{uuid.uuid4().hex}.json"
    s3.put_object(Bucket=_CODE_BUCKET, Key=key, Body=json.dumps(template).encode())
    return f"{s3.meta.endpoint_url}/{_CODE_BUCKET}/{key}"


def zipped(folder: Path) -> bytes:
    """The folder's Python files as a ZIP; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.glob("**/*.py")):
            archive.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes())
    return buffer.getvalue()


def deploy(
    cloudformation: CloudFormationClient, template: Template | str, parameters: dict[str, str]
) -> dict[str, str]:
    """Create or update the stack of a template, or of the one at an address in S3, and return its outputs.

    Args:
        cloudformation: Where.
        template: Itself, or its address.
        parameters: By name.

    Raises:
        Problem: When the emulator refuses the template; the message says what and why.
    """
    kind: Literal["UPDATE", "CREATE"] = "UPDATE" if _exists(cloudformation) else "CREATE"
    name = f"run-{uuid.uuid4().hex}"
    where: Any = {"TemplateURL": template} if isinstance(template, str) else {"TemplateBody": json.dumps(template)}
    cloudformation.create_change_set(
        **where,
        StackName=STACK,
        ChangeSetName=name,
        ChangeSetType=kind,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName=STACK, ChangeSetName=name, WaiterConfig=_POLL
        )
        cloudformation.execute_change_set(StackName=STACK, ChangeSetName=name)
        done: Any = f"stack_{kind.lower()}_complete"
        cloudformation.get_waiter(done).wait(StackName=STACK, WaiterConfig=_POLL)
    except WaiterError as error:
        if not _unchanged(error):
            raise Problem(f"The template could not be deployed ({_failure(cloudformation, error)}).") from error
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _exists(cloudformation: CloudFormationClient) -> bool:
    try:
        cloudformation.describe_stacks(StackName=STACK)
    except ClientError:
        return False
    return True


def _unchanged(error: WaiterError) -> bool:
    reason = str(error.last_response.get("StatusReason", ""))
    return any(text in reason for text in _UNCHANGED)


def _failure(cloudformation: CloudFormationClient, error: WaiterError) -> str:
    reasons = [str(error.last_response.get("StatusReason") or error)]
    if _exists(cloudformation):
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons += [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in events
            if "FAILED" in event["ResourceStatus"]
        ]
    return "; ".join(reasons)


def connect_routes(gateway: ApiGatewayV2Client, outputs: dict[str, str], template: Template) -> None:
    """Give the HTTP API its `$default` route and CORS, which the emulator drops from SAM's `HttpApi` event."""
    api = outputs["HttpApiId"]
    if not gateway.get_routes(ApiId=api)["Items"]:
        integration = gateway.create_integration(
            ApiId=api,
            IntegrationType="AWS_PROXY",
            IntegrationUri=outputs["ApiFunctionArn"],
            PayloadFormatVersion="2.0",
        )
        gateway.create_route(ApiId=api, RouteKey="$default", Target=f"integrations/{integration['IntegrationId']}")
    (http_api,) = templates.of_type(template, templates.HTTP_API).values()
    gateway.update_api(ApiId=api, CorsConfiguration=_cors(http_api["Properties"]["CorsConfiguration"]))


def set_lifecycle(s3: S3Client, outputs: dict[str, str], template: Template) -> None:
    """Give the bucket its rules of expiry, which the emulator drops from the template."""
    (bucket,) = (found["Properties"] for found in templates.of_type(template, templates.BUCKET).values())
    rules = [_rule(rule) for rule in bucket["LifecycleConfiguration"]["Rules"]]
    s3.put_bucket_lifecycle_configuration(Bucket=outputs["BucketName"], LifecycleConfiguration={"Rules": rules})


def _rule(given: dict[str, Any]) -> Any:
    """A rule in the API's form: it has other names than CloudFormation's."""
    rule: dict[str, Any] = {"ID": given["Id"], "Status": given["Status"], "Filter": {"Prefix": given.get("Prefix", "")}}
    if "ExpirationInDays" in given:
        rule["Expiration"] = {"Days": given["ExpirationInDays"]}
    if "AbortIncompleteMultipartUpload" in given:
        rule["AbortIncompleteMultipartUpload"] = given["AbortIncompleteMultipartUpload"]
    return rule


def _cors(given: dict[str, Any]) -> CorsTypeDef:
    return {
        "AllowOrigins": given["AllowOrigins"],
        "AllowMethods": given["AllowMethods"],
        "AllowHeaders": given["AllowHeaders"],
        "ExposeHeaders": given["ExposeHeaders"],
        "MaxAge": given["MaxAge"],
    }
