"""What template.yaml grants and sets."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from pagelapse.local import template as templates
from pagelapse.local.layout import REPOSITORY
from pagelapse.records import RETENTIONS, key_folder
from pagelapse.services.comparing import DIFF_FOLDER
from pagelapse.settings import EgressSettings, NotifySettings, ServiceSettings, SnapSettings, variables

TEMPLATE = templates.read(REPOSITORY / "template.yaml")
FUNCTIONS = templates.of_type(TEMPLATE, templates.FUNCTION)
SETTINGS: dict[str, type[EgressSettings]] = {"SnapFunction": SnapSettings, "NotifyFunction": NotifySettings}
"""The settings class of each function that does not use `ServiceSettings`."""


def _statements(role: str) -> list[dict[str, Any]]:
    (policy,) = TEMPLATE["Resources"][role]["Properties"]["Policies"]
    return [_as_granted(statement) for statement in policy["PolicyDocument"]["Statement"]]


def _as_granted(statement: dict[str, Any]) -> dict[str, Any]:
    """A conditional statement as it is where its condition holds."""
    granted: dict[str, Any] = statement["Fn::If"][1] if "Fn::If" in statement else statement
    return granted


def _actions(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return actions if isinstance(actions, list) else [actions]


def test_snap_may_write_pictures_and_report_and_nothing_else() -> None:
    """The function that runs hostile pages holds no table, reads no picture and writes to one prefix only."""
    granted = {action for statement in _statements("SnapRole") for action in _actions(statement)}
    assert granted == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:PutObject",
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    }
    (put,) = [statement for statement in _statements("SnapRole") if statement["Action"] == "s3:PutObject"]
    assert put["Resource"] == {"Fn::Sub": "${Bucket.Arn}/pictures/*"}


@pytest.mark.parametrize(
    "role",
    [
        "ApiRole",
        "SnapRole",
        "ResultsRole",
        "AnalyseRole",
        "CompareRole",
        "NotifyRole",
        "ScheduleRole",
        "SweepRole",
        "ConnectorRole",
        "BulkRole",
    ],
)
def test_no_role_names_a_wildcard(role: str) -> None:
    """Each role names its actions one by one, and resources of this stack only."""
    for statement in _statements(role):
        assert not any("*" in action for action in _actions(statement))
        assert statement["Resource"] != "*"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_setting_is_one_that_the_code_reads(name: str) -> None:
    """A function's environment holds the required settings of its code and no name that nothing reads."""
    settings = SETTINGS.get(name, ServiceSettings)
    known = {variable: name for name, field in settings.model_fields.items() for variable in variables(name, field)}
    given = set(FUNCTIONS[name]["Properties"]["Environment"]["Variables"])
    assert given <= known.keys()
    required = {variable for variable, field in known.items() if settings.model_fields[field].is_required()}
    assert required <= given


def test_notify_may_read_accounts_and_nothing_else_of_the_table() -> None:
    """The function that posts to strangers reads single items of accounts, and works on its own queues."""
    granted = {action for statement in _statements("NotifyRole") for action in _actions(statement)}
    assert {action for action in granted if not action.startswith(("logs:", "sqs:"))} == {"dynamodb:GetItem"}
    (read,) = [statement for statement in _statements("NotifyRole") if statement["Action"] == "dynamodb:GetItem"]
    assert read["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ACCOUNT#*"]}}


@pytest.mark.parametrize(
    ("queue", "function"),
    [
        ("CaptureQueue", "SnapFunction"),
        ("ResultQueue", "ResultsFunction"),
        ("BulkQueue", "BulkFunction"),
        ("NotifyQueue", "NotifyFunction"),
        ("AnalysisQueue", "AnalyseFunction"),
        ("CompareQueue", "CompareFunction"),
        ("SweepQueue", "SweepFunction"),
        ("ConnectorQueue", "ConnectorFunction"),
    ],
)
def test_a_message_stays_hidden_while_it_is_worked_on(queue: str, function: str) -> None:
    """Each queue hides a message for six times its function's limit, and gives it five chances, as AWS advises."""
    properties = TEMPLATE["Resources"][queue]["Properties"]
    assert properties["VisibilityTimeout"] >= 6 * FUNCTIONS[function]["Properties"]["Timeout"]
    assert properties["RedrivePolicy"]["maxReceiveCount"] >= 5


def test_only_sweep_may_delete_pictures() -> None:
    """No function but `sweep` may delete from the bucket, and `sweep` only pictures."""
    roles = [name for name in TEMPLATE["Resources"] if name.endswith("Role")]
    granted = {role: statement for role in roles for statement in _statements(role) if _deletes(statement)}
    assert granted.keys() == {"SweepRole"}
    assert granted["SweepRole"]["Resource"] == {"Fn::Sub": "${Bucket.Arn}/pictures/*"}


def _deletes(statement: dict[str, Any]) -> bool:
    return any(action.startswith("s3:Delete") for action in _actions(statement))


def test_connector_may_touch_what_is_connectors_and_nothing_else_of_the_table() -> None:
    """The function that listens to strangers' machines reads no account, no key and no capture."""
    (table,) = [each for each in _statements("ConnectorRole") if _actions(each)[0].startswith("dynamodb:")]
    keys = {"dynamodb:LeadingKeys": ["CONNECTORS#*", "CONNECTION#*", "ASSIGNMENT#*"]}
    assert table["Condition"] == {"ForAllValues:StringLike": keys}
    granted = {action for statement in _statements("ConnectorRole") for action in _actions(statement)}
    assert {action for action in granted if not action.startswith(("logs:", "sqs:", "dynamodb:"))} == {
        "execute-api:ManageConnections",
        "s3:GetObject",
        "s3:PutObject",
    }


def test_compare_may_touch_jobs_and_pictures_of_differences_and_no_account() -> None:
    """The function that reads pictures reads no account and no key, and writes into one folder of the bucket."""
    (table,) = [each for each in _statements("CompareRole") if "dynamodb:GetItem" in _actions(each)]
    keys = {"dynamodb:LeadingKeys": ["JOB#*", "CONFIGS#*", "SCREENSHOTS#*", "COMPARISONS#*"]}
    assert table["Condition"] == {"ForAllValues:StringLike": keys}
    (put,) = [each for each in _statements("CompareRole") if each["Action"] == "s3:PutObject"]
    assert put["Resource"] == {"Fn::Sub": f"${{Bucket.Arn}}/{DIFF_FOLDER}*"}


def test_agents_connect_by_three_routes_of_one_function() -> None:
    """Opening, ending and all messages of a WebSocket go to the one function that judges tokens."""
    routes = templates.of_type(TEMPLATE, "AWS::ApiGatewayV2::Route").values()
    assert {route["Properties"]["RouteKey"] for route in routes} == {"$connect", "$disconnect", "$default"}
    assert {str(route["Properties"]["Target"]) for route in routes} == {
        str({"Fn::Sub": "integrations/${ConnectorIntegration}"})
    }


def test_the_tick_comes_every_minute() -> None:
    """EventBridge wakes `schedule` every minute, which finds what is due by the index alone: it may not scan."""
    (event,) = FUNCTIONS["ScheduleFunction"]["Properties"]["Events"].values()
    assert (event["Type"], event["Properties"]["Schedule"]) == ("Schedule", "rate(1 minute)")
    granted = {action for statement in _statements("ScheduleRole") for action in _actions(statement)}
    assert "dynamodb:Scan" not in granted
    (query,) = [statement for statement in _statements("ScheduleRole") if statement["Action"] == "dynamodb:Query"]
    assert query["Resource"] == {"Fn::Sub": "${Table.Arn}/index/due"}


def test_strangers_may_fetch_pictures_but_not_list_them() -> None:
    """The bucket's policy lets anyone get a picture whose key they know, and nothing more."""
    statement, _ = TEMPLATE["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    condition, _, to_anyone = statement["Fn::If"]
    assert condition == "HasCloudFront"
    assert (to_anyone["Action"], to_anyone["Principal"]) == ("s3:GetObject", "*")
    assert to_anyone["Resource"] == {"Fn::Sub": "${Bucket.Arn}/pictures/*"}


def test_behind_cloudfront_the_bucket_is_closed() -> None:
    """With CloudFront in front, only this distribution reads pictures, and no policy can open the bucket again."""
    resources = TEMPLATE["Resources"]
    statement, _ = resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    _, to_distribution, _ = statement["Fn::If"]
    assert to_distribution["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert "${Distribution}" in to_distribution["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]
    blocked = resources["Bucket"]["Properties"]["PublicAccessBlockConfiguration"]
    assert blocked["BlockPublicPolicy"] == {"Fn::If": ["HasCloudFront", True, False]}
    (origin,) = resources["Distribution"]["Properties"]["DistributionConfig"]["Origins"]
    assert origin["OriginAccessControlId"] == {"Ref": "OriginAccess"}


def test_nobody_reaches_the_bucket_unencrypted() -> None:
    """Whatever else allows it, S3 refuses requests that do not come through TLS."""
    _, statement = TEMPLATE["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_queues_that_api_knows_are_those_it_may_send_to() -> None:
    """The one variable with all queues gives each setting its queue's address, and names what the role allows."""
    text = FUNCTIONS["ApiFunction"]["Properties"]["Environment"]["Variables"]["PAGELAPSE_QUEUES"]["Fn::Sub"]
    named = re.sub(r"\$\{(\w+)[.]QueueName\}", r"\1", text.replace("${AWS::", "${AWS"))
    settings = ServiceSettings.model_validate({"table_name": "table", "queues": named})
    found = {name: getattr(settings, name) for name in ServiceSettings.model_fields if name.endswith("_queue_url")}
    base, *_ = named.split()
    sent_to = {
        queue["Fn::GetAtt"][0]
        for statement in _statements("ApiRole")
        if statement["Action"] == "sqs:SendMessage"
        for queue in (statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]])
    }
    assert {url.removeprefix(base) for url in found.values() if url} == sent_to
    assert base.startswith("https://sqs.")
    assert settings.capture_queue_url == f"{base}CaptureQueue"


def test_every_function_may_write_its_traces() -> None:
    """X-Ray gets traces of every function, and the policy for it grants nothing else."""
    policy = TEMPLATE["Resources"]["TracingPolicy"]["Properties"]
    roles = {function["Properties"]["Role"]["Fn::GetAtt"][0] for function in FUNCTIONS.values()}
    assert {role["Ref"] for role in policy["Roles"]} == roles
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def test_everything_kept_is_encrypted() -> None:
    """The table, the bucket and every queue are encrypted at rest."""
    resources = TEMPLATE["Resources"]
    assert resources["Table"]["Properties"]["SSESpecification"] == {"SSEEnabled": True}
    assert "BucketEncryption" in resources["Bucket"]["Properties"]
    queues = templates.of_type(TEMPLATE, "AWS::SQS::Queue").values()
    assert all(queue["Properties"]["SqsManagedSseEnabled"] is True for queue in queues)


def test_every_dead_letter_queue_has_an_alarm() -> None:
    """A message that was given up sets off an alarm, whichever queue it came from."""
    queues = templates.of_type(TEMPLATE, "AWS::SQS::Queue").values()
    policies = [queue["Properties"].get("RedrivePolicy", {}) for queue in queues]
    redriven = {_logical_id(policy, "deadLetterTargetArn") for policy in policies}
    alarms = templates.of_type(TEMPLATE, "AWS::CloudWatch::Alarm").values()
    watched = {_logical_id(alarm["Properties"]["Dimensions"][0], "Value") for alarm in alarms}
    assert redriven - {None} <= watched


def _logical_id(properties: dict[str, Any], name: str) -> str | None:
    """The resource that a property is an attribute of."""
    found: str | None = properties.get(name, {}).get("Fn::GetAtt", [None])[0]
    return found


def test_no_caller_can_name_a_bucket_or_role_of_the_operators() -> None:
    """The export role puts objects into other AWS accounts' buckets only, and assumes no role of its own account."""
    put, assume, refuse = _statements("ExportRole")
    assert put["Action"] == "s3:PutObject"
    assert put["Condition"] == {"StringNotEquals": {"s3:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    assert (assume["Effect"], refuse["Effect"]) == ("Allow", "Deny")
    assert assume["Action"] == refuse["Action"] == "sts:AssumeRole"
    assert refuse["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"}


@pytest.mark.parametrize("days", RETENTIONS)
def test_pictures_end_when_their_folder_says(days: int) -> None:
    """Each length of time that a picture may be kept for has a rule of the bucket's own, for its folder."""
    rules = TEMPLATE["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    (rule,) = [rule for rule in rules if rule.get("Prefix") == key_folder(days)]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", days)


def test_each_function_has_a_role_and_a_log_of_its_own() -> None:
    """No two functions share a role or a log group, and each log is kept as long as `LogRetentionDays` says."""
    roles = [function["Properties"]["Role"]["Fn::GetAtt"][0] for function in FUNCTIONS.values()]
    logs = [function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] for function in FUNCTIONS.values()]
    assert len(set(roles)) == len(set(logs)) == len(FUNCTIONS)
    for role, log in zip(roles, logs, strict=True):
        (writing,) = [each for each in _statements(role) if "logs:PutLogEvents" in each["Action"]]
        assert writing["Resource"] == {"Fn::GetAtt": [log, "Arn"]}
    groups = templates.of_type(TEMPLATE, "AWS::Logs::LogGroup")
    assert groups.keys() >= set(logs)
    assert all(group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())


def test_an_index_is_named_by_who_reads_it() -> None:
    """`api` may read the lists' index, `schedule` that of what is due, and no other function any."""
    named: dict[str, set[str]] = {}
    for role in (name for name in TEMPLATE["Resources"] if name.endswith("Role")):
        text = json.dumps(_statements(role))
        if indexes := set(re.findall(r"/index/([\w*]+)", text)):
            named[role] = indexes
    assert named == {"ApiRole": {"listing"}, "ScheduleRole": {"due"}}


def test_every_parameter_says_what_it_is() -> None:
    """Whoever deploys finds a sentence for each parameter in the template, and needs to give none."""
    parameters = TEMPLATE["Parameters"]
    assert [name for name, given in parameters.items() if not given.get("Description")] == []
    assert [name for name, given in parameters.items() if "Default" not in given] == []


@pytest.mark.parametrize("kind", [templates.FUNCTION, "AWS::SQS::Queue"])
def test_the_dashboard_leaves_none_out(kind: str) -> None:
    """The dashboard shows every function and every queue, those of dead letters included."""
    body = TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    shown = set(re.findall(r"\$\{(\w+)(?:[.]QueueName)?\}", body))
    assert templates.of_type(TEMPLATE, kind).keys() <= shown


def test_both_apis_are_throttled() -> None:
    """The HTTP API lets as many requests through as its parameters say, and the agents' WebSockets have limits, too."""
    resources = TEMPLATE["Resources"]
    http = resources["HttpApi"]["Properties"]["DefaultRouteSettings"]
    assert http["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert http["ThrottlingBurstLimit"] == {"Ref": "RequestBurst"}
    agents = resources["ConnectorStage"]["Properties"]["DefaultRouteSettings"]
    assert agents["ThrottlingRateLimit"] > 0 < agents["ThrottlingBurstLimit"]
