import pytest

from detectors.after_assumption import Habits, after_assumption, secrets_in_bulk
from model.baseline import Baseline, Fact
from model.chain import Chain
from model.deeds import CODE, ROLES, USERS, deed_of
from model.identity import Kind
from model.learning import seen
from model.peer_use import PeerUse, learn_peer
from model.thresholds import Thresholds
from tests.detectors.deeds import HIDDEN, LAMBDA, LINKED, PERSON, call, doer, reader
from tests.detectors.made import ANA, AWAY, BOT, DAY, HOME, NOW, chain_of, habits

T = Thresholds()
GROWN, YOUNG = habits(20), habits(13)
WEB = ANA.model_copy(update={"key": "web", "kind": Kind.WEB_IDENTITY, "person": None, "arn": None})
POD = LAMBDA.model_copy(update={"key": "role:pod", "session_name": "pod-1"})


def judged(name, caller=ANA, baseline=GROWN, way=None, origin=None, peers=None, management=None, **fields):
    made = call(name, caller, **fields)
    known = Habits(baseline, origin or baseline, peers)
    found = after_assumption(made, deed_of(made), way or Chain(caller), known, T, management)
    return found and str(found.confidence)


def hop(caller=POD, origin=BOT):
    return chain_of(("deploy", HOME), ("pod", AWAY), origin=origin, time=NOW - 60)


@pytest.mark.parametrize(
    ("name", "users", "services", "by_hop", "persons"),
    [
        ("iam:CreateUser", "high", "high", "high", "high"),
        ("iam:CreateAccessKey", "high", "high", "high", "high"),
        ("iam:UpdateAssumeRolePolicy", "high", "high", "high", "medium"),
        ("iam:CreateSAMLProvider", "high", "high", "high", "high"),
        ("iam:CreateOpenIDConnectProvider", "high", "high", "high", "high"),
        ("rolesanywhere:CreateTrustAnchor", "high", "high", "high", "high"),
        ("iam:CreateRole", "medium", "high", "medium", "medium"),
        ("iam:AttachUserPolicy", "medium", "high", "medium", "medium"),
        ("sso:CreateAccountAssignment", "medium", "high", "medium", "medium"),
        ("ec2:ModifySnapshotAttribute", "medium", "medium", "medium", "medium"),
        ("events:PutPermission", "medium", "medium", "medium", "medium"),
        ("sts:GetFederationToken", "medium", "medium", "medium", "medium"),
        ("lambda:UpdateFunctionCode20150331v2", "low", "medium", "medium", "low"),
        ("ssm:SendCommand", "low", "medium", "medium", "low"),
        ("ec2:RunInstances", "low", "medium", "medium", "low"),
        ("secretsmanager:BatchGetSecretValue", "medium", "medium", "medium", "medium"),
        ("events:PutEvents", None, "low", "low", None),
        ("kms:CreateGrant", None, "low", "low", None),
    ],
)
def test_what_somebody_with_habits_never_did(name, users, services, by_hop, persons):
    found = (
        judged(name, on="eve"),
        judged(name, LAMBDA, on="eve"),
        judged(name, POD, way=hop(), on="eve"),
        judged(name, PERSON, on="eve"),
    )
    assert found == (users, services, by_hop, persons)


@pytest.mark.parametrize(
    ("name", "services", "users"),
    [
        ("iam:CreateUser", "medium", "medium"),
        ("iam:CreateRole", "medium", "low"),
        ("ssm:SendCommand", "low", None),
        ("kms:CreateGrant", None, None),
    ],
)
def test_what_was_refused_counts_one_step_less(name, services, users):
    found = judged(name, LAMBDA, error="AccessDenied"), judged(name, ANA, error="AccessDenied")
    assert found == (services, users)


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("iam:CreateUser", ("iam:CreateUser",), None),
        ("iam:CreateUser", ("iam:CreateUser!",), "high"),
        ("iam:CreateUser", ("iam:AddUserToGroup",), "low"),
        ("iam:CreateUser", ("iam:CreateRole",), "medium"),
        ("iam:CreateUser", ("ssm:SendCommand", "ec2:RunInstances", "kms:PutKeyPolicy"), "medium"),
        ("iam:CreateUser", ("ssm:SendCommand", "ec2:RunInstances"), "high"),
        ("iam:CreateUser", ("iam:DeleteRole", "events:DeleteRule", "sqs:DeleteQueue"), "high"),
        ("iam:PutRolePolicy", ("iam:CreateRole",), None),
        ("iam:PutRolePolicy", ("iam:CreateUser",), "low"),
        ("iam:UpdateAssumeRolePolicy", ("iam:CreateRole",), "low"),
        ("ec2:RunInstances", ("lambda:UpdateFunctionCode",), None),
        ("ec2:RunInstances", ("iam:CreateRole", "ssm:SendCommand", "kms:PutKeyPolicy"), None),
    ],
)
def test_who_builds_things_builds_one_more(name, known, expected):
    assert judged(name, LAMBDA, doer(*known), on="eve") == expected


def test_a_refusal_that_goes_on_is_known_and_excuses_no_success():
    tried = doer("iam:CreateUser!")
    assert judged("iam:CreateUser", LAMBDA, tried, error="AccessDenied") is None
    assert judged("iam:CreateUser", LAMBDA, tried) == "high"


@pytest.mark.parametrize(("ago", "expected"), [(3600, "high"), (DAY + 3600, "low"), (31 * DAY, "high")])
def test_a_kind_of_call_is_known_after_a_day_and_for_thirty(ago, expected):
    assert judged("iam:CreateUser", baseline=doer("iam:AddUserToGroup", days=32, ago=ago), on="eve") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("iam:CreateUser", "medium"),
        ("iam:CreateLoginProfile", "medium"),
        ("iam:UpdateAssumeRolePolicy", "low"),
        ("rolesanywhere:CreateProfile", "low"),
        ("ec2:ModifySnapshotAttribute", "low"),
        ("iam:CreateRole", None),
        ("lambda:CreateFunction20150331", None),
        ("identitystore:CreateUser", None),
    ],
)
def test_floors_for_who_is_too_young(name, expected):
    assert judged(name, LAMBDA, YOUNG, on="eve") == judged(name, ANA, Baseline(), on="eve") == expected


@pytest.mark.parametrize(
    ("name", "management", "expected"),
    [
        ("iam:CreateRole", AWAY, "medium"),
        ("iam:UpdateAssumeRolePolicy", AWAY, "medium"),
        ("sso:CreateAccountAssignment", AWAY, "medium"),
        ("ec2:RunInstances", AWAY, None),
        ("iam:CreateRole", HOME, None),
        ("iam:CreateRole", None, None),
    ],
)
def test_floors_in_the_management_account(name, management, expected):
    assert judged(name, LAMBDA, YOUNG, management=management) == expected


def test_whoever_provisions_the_portals_users_is_no_principal_of_the_management_account():
    scim = LAMBDA.model_copy(update={"kind": Kind.UNKNOWN})
    assert judged("sso-directory:CreateUser", scim, YOUNG, management=AWAY) is None


def test_floors_for_root():
    root = ANA.model_copy(update={"key": "root:1", "kind": Kind.ROOT})
    assert judged("iam:CreateSAMLProvider", root, YOUNG) == "medium"
    assert judged("iam:CreateRole", root, YOUNG) is None


def test_a_key_that_is_only_made_inactive_is_quiet():
    assert judged("iam:UpdateAccessKey", LAMBDA, on="eve", off=True) is None
    assert judged("iam:UpdateAccessKey", LAMBDA, on="eve", off=False) == "high"


@pytest.mark.parametrize(
    ("name", "origin", "expected"),
    [
        ("iam:CreateUser", GROWN, "high"),
        ("iam:CreateUser", doer("iam:CreateUser"), "low"),
        ("iam:CreateRole", GROWN, "medium"),
        ("iam:CreateRole", doer("iam:AttachRolePolicy"), None),
        ("ec2:RunInstances", GROWN, "medium"),
        ("ec2:RunInstances", YOUNG, None),
    ],
)
def test_a_young_role_is_judged_by_who_is_behind_it(name, origin, expected):
    assert judged(name, POD, YOUNG, hop(), origin, on="eve") == expected


@pytest.mark.parametrize(("origin", "expected"), [(POD, "medium"), (ANA, "low")])
def test_a_session_that_is_named_like_a_person_is_a_persons_only_where_aws_knows_one(origin, expected):
    posing = POD.model_copy(update={"person": "ana", "session_name": "ana"})
    assert judged("ec2:RunInstances", posing, way=hop(origin=origin), on="eve") == expected


def test_a_young_role_in_a_persons_hands_is_the_person():
    assert judged("ec2:RunInstances", POD, YOUNG, hop(origin=ANA), GROWN) == "low"


@pytest.mark.parametrize(
    ("name", "origin", "expected"),
    [
        ("iam:CreateUser", GROWN, "low"),
        ("iam:CreateUser", YOUNG, None),
        ("iam:CreateUser", doer("iam:CreateUser"), None),
        ("iam:CreateRole", GROWN, None),
    ],
)
def test_what_a_role_does_for_others_than_this_chains_origin(name, origin, expected):
    role = doer("iam:CreateUser", "iam:CreateRole")
    assert judged(name, POD, role, hop(), origin) == expected


def test_what_peers_do_is_no_news():
    group = PeerUse()
    for member in ("one", "two", "three"):
        for day in range(20):
            learn_peer(group, member, Fact(time=NOW - day * DAY, deed="iam:CreateUser"))
    assert judged("iam:CreateUser", LAMBDA, YOUNG, peers=group) == "low"
    assert judged("iam:CreateUser", LAMBDA, YOUNG, peers=PeerUse()) == "medium"


@pytest.mark.parametrize(
    ("name", "on", "error", "expected"),
    [
        ("iam:CreateAccessKey", None, None, "low"),
        ("iam:CreateAccessKey", "ana", None, "low"),
        ("iam:DeactivateMFADevice", "ana", None, "low"),
        ("iam:CreateAccessKey", "bob", None, "high"),
        ("iam:CreateAccessKey", None, "AccessDenied", "medium"),
        ("iam:CreateSAMLProvider", None, None, "high"),
    ],
)
def test_a_key_of_ones_own_is_a_rotation(name, on, error, expected):
    assert judged(name, ANA, on=on, error=error) == expected


@pytest.mark.parametrize("name", ["iam:CreateUser", "ec2:RunInstances", "cloudtrail:StopLogging"])
def test_roles_that_only_aws_can_use_are_quiet(name):
    assert judged(name, LINKED) is None


def test_it_says_what_was_done_to_what_and_how_soon():
    made = call("iam:CreateUser", POD, on="eve`<x>")
    found = after_assumption(made, deed_of(made), hop(), Habits(GROWN, GROWN), T)
    assert found is not None
    assert "`iam:CreateUser` on `eve'‹x›`, 50 s after a hop: it never did anything with users and their keys" in (
        found.message
    )
    assert (found.observed, found.records) == ("iam:CreateUser", (made.record,))
    alone = after_assumption(call("iam:CreateUser", LAMBDA), deed_of(made), Chain(LAMBDA), Habits(GROWN, GROWN), T)
    assert alone is not None
    assert "with no hop in sight" in alone.message


def test_every_family_names_a_technique():
    for name in ("iam:CreateUser", "events:PutPermission", "organizations:InviteAccountToOrganization"):
        made = call(name, LAMBDA)
        found = after_assumption(made, deed_of(made), Chain(LAMBDA), Habits(GROWN, GROWN), T)
        assert found is not None
        assert found.techniques
    assert {USERS, ROLES, CODE}


@pytest.mark.parametrize(
    ("baseline", "new", "expected"),
    [
        (reader(9, ago=60, prefix="new"), 1, ("medium", 10, 0)),
        (reader(8, ago=60, prefix="new"), 1, None),
        (reader(5, ago=60, prefix="new"), 5, ("medium", 10, 0)),
        (reader(9, ago=3 * 3600, prefix="new"), 1, None),
        (reader(9, ago=60, prefix="new", days=13), 10, None),
        (reader(15, ago=60, prefix="new", days=13), 5, ("low", 20, 0)),
        (reader(80), 10, None),
    ],
)
def test_secrets_that_were_never_read_before(baseline, new, expected):
    names = tuple(f"s{n}" for n in range(new))
    made = call("ssm:GetParameters", LAMBDA, things=names)
    found = secrets_in_bulk(made, baseline, T)
    assert (found and (str(found.confidence), found.observed, found.expected)) == expected


def test_who_reads_many_may_read_as_many_again():
    baseline = reader(12)
    for n in range(11):
        seen(baseline, Fact(time=NOW - 30, read=(1000 + n,)))
    assert secrets_in_bulk(call("secretsmanager:GetSecretValue", LAMBDA, on="x"), baseline, T) is None
    for n in range(12):
        seen(baseline, Fact(time=NOW - 30, read=(2000 + n,)))
    assert secrets_in_bulk(call("secretsmanager:GetSecretValue", LAMBDA, on="x"), baseline, T) is not None


@pytest.mark.parametrize("caller", HIDDEN, ids=lambda caller: caller.kind)
def test_nobody_hides_behind_a_path(caller):
    assert judged("iam:CreateUser", caller, on="backdoor") == "high"
