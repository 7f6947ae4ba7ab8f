"""Dangerous calls as values, and identities that make some as a habit."""

from typing import Any

from model.assumption import ApiCall
from model.baseline import Baseline, Fact
from model.identity import Identity, Kind
from model.learning import learn, seen
from model.spans import mark
from tests.detectors.made import ANA, AWAY, DAY, HOME, NOW, habits

LAMBDA = Identity(
    key="role:vending", kind=Kind.ROLE, arn=f"arn:aws:iam::{AWAY}:role/vending", account=AWAY, session_name="vending"
)
PERSON = Identity(
    key="role:admin:ana@corp.example",
    kind=Kind.ROLE,
    arn=f"arn:aws:iam::{HOME}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
    account=HOME,
    session_name="ana@corp.example",
    person="ana@corp.example",
)
LINKED = Identity(
    key="role:linked",
    kind=Kind.ROLE,
    arn=f"arn:aws:iam::{HOME}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
    account=HOME,
    session_name="AutoScaling",
)

_POSING = "a:role/aws-service-role/autoscaling.amazonaws.com/eve"
HIDDEN = [
    Identity(key="user:eve", kind=Kind.USER, arn=f"arn:aws:iam::{HOME}:user/{_POSING}", account=HOME),
    Identity(key="role:eve", kind=Kind.ROLE, arn=f"arn:aws:iam::{HOME}:role/{_POSING}", account=HOME),
]
"""Whose paths look like those of roles that only AWS can use."""


def call(name: str, caller: Identity = ANA, time: float = NOW, **fields: Any) -> ApiCall:
    """A call by its name as IAM has it: `iam:CreateUser`."""
    service, _, short = name.partition(":")
    values = {
        "record": f"{name}-{time}",
        "time": time,
        "caller": caller,
        "caller_key": None,
        "caller_session": None,
        "source": f"{service}.amazonaws.com",
        "name": short,
        "error": None,
        "source_ip": None,
        "user_agent": None,
        "region": None,
        "read_only": False,
    }
    return ApiCall(**(values | fields))


def doer(*names: str, days: int = 20, ago: float = 5 * DAY) -> Baseline:
    """Somebody of that age who made these calls so long ago."""
    baseline = habits(days)
    for name in names:
        learn(baseline, Fact(time=NOW - ago, deed=name))
    return baseline


def reader(count: int, ago: float = 5 * DAY, days: int = 20, prefix: str = "old") -> Baseline:
    """Somebody who read so many secrets."""
    baseline = habits(days)
    for n in range(count):
        one = Fact(time=NOW - ago, read=(mark(f"{prefix}{n}"),))
        seen(learn(baseline, one), one)
    return baseline
