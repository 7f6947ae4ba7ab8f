import pytest

from detectors.defence_evasion import defence_evasion
from model.baseline import Baseline
from model.chain import Chain
from model.deeds import deed_of
from model.identity import Identity, Kind
from model.own import TAG, Own
from model.thresholds import Thresholds
from tests.detectors.deeds import HIDDEN, LAMBDA, LINKED, call, doer
from tests.detectors.made import ANA, AWAY, HOME, arn, assumption, habits

T = Thresholds()
QUEUE = f"https://sqs.eu-central-1.amazonaws.com/{HOME}/records"
OWN = Own(queue=QUEUE, bucket="trail-bucket", role="security/containing", managed="sec/deny", scps=("p-people01",))
HERE = f"arn:aws:iam::{AWAY}:policy/"
CASE = "ana-111111111111-ab12cd34"
CONTAINING = Identity(
    key="role:containing",
    kind=Kind.ROLE,
    arn=f"arn:aws:iam::{AWAY}:role/security/containing",
    account=AWAY,
    session_name=f"case-{CASE}",
)
WORKER = Identity(key="role:worker", kind=Kind.ROLE, arn=arn("worker"), account=HOME, session_name="i-1")


def judged(name, caller=ANA, baseline=None, own=OWN, **fields):
    made = call(name, caller, **fields)
    found = defence_evasion(made, deed_of(made), habits(20) if baseline is None else baseline, own, T)
    return found and str(found.confidence)


BUILDER = doer("iam:CreateRole", "ec2:RunInstances", "kms:PutKeyPolicy")


@pytest.mark.parametrize(
    ("name", "off", "grown", "young", "builder", "habit"),
    [
        ("cloudtrail:StopLogging", None, "high", "high", "high", "medium"),
        ("cloudtrail:DeleteTrail", None, "high", "high", "high", "medium"),
        ("cloudtrail:PutEventSelectors", True, "high", "high", "high", "medium"),
        ("cloudtrail:PutEventSelectors", False, None, None, None, None),
        ("cloudtrail:PutEventSelectors", None, "medium", "low", "low", None),
        ("cloudtrail:UpdateTrail", True, "high", "high", "high", "medium"),
        ("cloudtrail:UpdateTrail", False, "medium", "low", "low", None),
        ("guardduty:DeleteDetector", None, "high", "high", "high", "low"),
        ("guardduty:UpdateDetector", True, "high", "high", "high", "low"),
        ("guardduty:UpdateDetector", False, None, None, None, None),
        ("guardduty:CreateIPSet", None, "medium", "low", "low", None),
        ("config:StopConfigurationRecorder", None, "high", "high", "high", "low"),
        ("securityhub:DisableSecurityHub", None, "high", "high", "high", "low"),
        ("organizations:LeaveOrganization", None, "high", "high", "high", "low"),
        ("organizations:DetachPolicy", None, "medium", "low", "low", None),
        ("access-analyzer:DeleteAnalyzer", None, "high", "medium", "medium", "low"),
        ("ec2:DeleteFlowLogs", None, "high", "medium", "medium", "low"),
        ("route53resolver:DeleteResolverQueryLogConfig", None, "high", "medium", "medium", "low"),
        ("events:DisableRule", None, None, None, None, None),
        ("sqs:PurgeQueue", None, None, None, None, None),
        ("iam:DeleteRolePolicy", None, None, None, None, None),
        ("iam:CreateUser", None, None, None, None, None),
    ],
)
def test_who_switches_what_off(name, off, grown, young, builder, habit):
    found = [judged(name, LAMBDA, each, on="mine", off=off) for each in (None, Baseline(), BUILDER, doer(name))]
    assert found == [grown, young, builder, habit]


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("events:DisableRule", {"on": "hopstop-watch"}, "high"),
        ("events:DeleteRule", {"on": "Hopstop-assumptions"}, "high"),
        ("events:RemoveTargets", {"on": "hopstop-doors", "part": "default"}, "high"),
        ("events:PutRule", {"on": "hopstop-watch", "off": True}, "high"),
        ("events:PutRule", {"on": "hopstop-watch", "off": False}, "medium"),
        ("events:DisableRule", {"on": f"arn:aws:events:eu-central-1:{HOME}:rule/hopstop-watch"}, "high"),
        ("events:RemovePermission", {"on": "hopstop"}, "high"),
        ("events:DisableRule", {"on": "nightly-export"}, None),
        ("events:DisableRule", {"on": "forward-cloudtrail"}, "medium"),
        ("events:DeleteRule", {"on": "GuardDutyFindings"}, "medium"),
        ("sqs:PurgeQueue", {"on": QUEUE}, "high"),
        ("sqs:SetQueueAttributes", {"on": f"arn:aws:sqs:eu-central-1:{HOME}:records"}, "high"),
        ("sqs:AddPermission", {"on": QUEUE}, "medium"),
        ("sqs:DeleteQueue", {"on": "https://sqs.eu-central-1.amazonaws.com/1/hopstop-dead"}, "high"),
        ("sqs:PurgeQueue", {"on": "https://sqs.eu-central-1.amazonaws.com/1/orders"}, None),
        ("iam:DeleteRolePolicy", {"on": "ci", "part": f"hopstop-{CASE}-0123abcd"}, "high"),
        ("iam:DeleteUserPolicy", {"on": "ana", "part": f"hopstop-{CASE}-0123abcd"}, "high"),
        ("iam:PutRolePolicy", {"on": "ci", "part": f"hopstop-{CASE}-0123abcd"}, "medium"),
        ("iam:DeleteRolePolicy", {"on": "ci", "part": "logs"}, None),
        ("iam:UntagRole", {"on": "ci", "things": ("a", TAG)}, "high"),
        ("iam:UntagRole", {"on": "ci", "things": ("a",)}, None),
        ("iam:DetachRolePolicy", {"on": "ci", "part": HERE + "hopstop/hopstop-deny"}, "high"),
        ("iam:DetachUserPolicy", {"on": "ana", "part": HERE + "hopstop/hopstop-deny"}, "high"),
        ("iam:DetachRolePolicy", {"on": "ci", "part": HERE + "sec/deny"}, "high"),
        ("iam:DetachUserPolicy", {"on": "ana", "part": HERE + "sec/deny"}, "high"),
        ("iam:DetachRolePolicy", {"on": "ci", "part": HERE + "deny"}, None),
        ("iam:DetachRolePolicy", {"on": "ci", "part": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, None),
        ("organizations:UpdatePolicy", {"on": "p-people01"}, "high"),
        ("organizations:DetachPolicy", {"on": "p-people01", "part": "r-1"}, "high"),
        ("organizations:UpdatePolicy", {"on": "p-another1"}, None),
        ("organizations:DetachPolicy", {"on": "p-another1", "part": "r-1"}, "medium"),
        ("iam:DeleteRole", {"on": "containing"}, "high"),
        ("iam:UpdateAssumeRolePolicy", {"on": "containing"}, "high"),
        ("iam:PutRolePermissionsBoundary", {"on": "hopstop-worker"}, "high"),
        ("iam:DeleteRole", {"on": "batch"}, None),
        ("s3:PutBucketLifecycle", {"on": "trail-bucket"}, "medium"),
        ("s3:DeleteBucket", {"on": "trail-bucket"}, "high"),
        ("s3:DeleteBucket", {"on": "acme-cloudtrail-logs"}, "medium"),
        ("s3:DeleteBucket", {"on": "holiday-pictures"}, None),
        ("sqs:PurgeQueue", {}, None),
    ],
)
def test_what_is_the_watchs_own(name, fields, expected):
    assert judged(name, **fields) == expected


def test_no_habit_and_no_history_excuses_a_touch_on_the_watchs_own():
    for baseline in (doer("sqs:PurgeQueue"), Baseline(), BUILDER):
        assert judged("sqs:PurgeQueue", baseline=baseline, on=QUEUE) == "high"


def test_without_settings_names_tell():
    assert judged("sqs:PurgeQueue", own=Own(), on=QUEUE) is None
    assert judged("sqs:PurgeQueue", own=Own(), on="https://sqs/1/hopstop") == "high"


@pytest.mark.parametrize(
    ("name", "on", "expected"),
    [
        ("cloudtrail:StopLogging", "main", "medium"),
        ("events:DisableRule", "hopstop-watch", "medium"),
        ("guardduty:CreateFilter", "x", "low"),
        ("events:PutRule", "hopstop-watch", "low"),
    ],
)
def test_what_was_refused_counts_one_step_less(name, on, expected):
    assert judged(name, on=on, error="AccessDenied") == expected


def test_roles_that_only_aws_can_use_are_quiet():
    assert judged("config:StopConfigurationRecorder", LINKED) is None


def way(asker: Identity = WORKER) -> Chain:
    return Chain(asker).then(assumption("containing", AWAY, caller=asker))


def lift(**fields):
    values = {"caller": CONTAINING, "on": "ci", "part": f"hopstop-{CASE}-0123abcd"} | fields
    name = values.pop("name", "iam:DeleteRolePolicy")
    return call(name, **values)


def session(name: str, **fields) -> Identity:
    return CONTAINING.model_copy(update={"session_name": name, **fields})


@pytest.mark.parametrize(
    ("made", "chain", "own", "at_work"),
    [
        (lift(), way(), OWN, True),
        (lift(caller=session(f"lease-{CASE}-222.ci-abc123-0123abcd")), way(), OWN, True),
        (lift(name="iam:PutUserPolicy"), way(), OWN, True),
        (lift(name="iam:UntagRole", part=None, things=(TAG,)), way(), OWN, True),
        (lift(name="iam:UpdateAccessKey", part=None), way(), OWN, True),
        (lift(name="iam:DetachRolePolicy", part=HERE + "hopstop/hopstop-deny"), way(), OWN, True),
        (lift(name="iam:AttachUserPolicy", part=HERE + "sec/deny"), way(), OWN, True),
        (lift(name="organizations:UpdatePolicy", on="p-people01", part=None), way(), OWN, True),
        (lift(name="organizations:DetachPolicy", on="p-people01", part="222222222222"), way(), OWN, True),
        (lift(name="organizations:DetachPolicy", on="p-another1", part="222222222222"), way(), OWN, False),
        (lift(name="iam:DetachRolePolicy", part=HERE + "other"), way(), OWN, False),
        (lift(name="iam:DetachRolePolicy", part=HERE + "sec/deny", caller=session("s")), way(), OWN, False),
        (lift(name="iam:DetachRolePolicy", part=HERE + "sec/deny"), way(LAMBDA), OWN, False),
        (lift(caller=session("case-bob-111111111111-99999999")), way(), OWN, False),
        (lift(caller=session("s")), way(), OWN, False),
        (lift(caller=session(f"case-{CASE}", arn=arn("containing", AWAY))), way(), OWN, False),
        (lift(part="logs"), way(), OWN, False),
        (lift(part=None), way(), OWN, False),
        (lift(name="iam:DeleteRole", part=None), way(), OWN, False),
        (lift(name="iam:UntagRole", part=None, things=(TAG, "owner")), way(), OWN, False),
        (lift(), way(LAMBDA), OWN, False),
        (lift(), Chain(CONTAINING), OWN, False),
        (lift(), way(), Own(role="security/containing"), False),
        (lift(), way(), Own(queue=QUEUE), False),
    ],
)
def test_hopstop_itself_at_work(made, chain, own, at_work):
    assert own.is_containing(made, chain) is at_work


def test_it_says_what_was_touched():
    made = call("iam:DeleteRolePolicy", on="ci", part=f"hopstop-{CASE}-0123abcd")
    found = defence_evasion(made, deed_of(made), habits(20), OWN, T)
    assert found is not None
    assert f"`iam:DeleteRolePolicy` on `hopstop-{CASE}-0123abcd`: that is the watch's own" in found.message
    assert (found.observed, found.records) == ("iam:DeleteRolePolicy", (made.record,))
    assert found.techniques


@pytest.mark.parametrize("caller", HIDDEN, ids=lambda caller: caller.kind)
def test_nobody_hides_behind_a_path(caller):
    assert judged("cloudtrail:StopLogging", caller) == "high"
