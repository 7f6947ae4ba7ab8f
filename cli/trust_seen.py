"""Who was seen to assume a role, as the store of the watch remembers it."""

import msgspec

from cli.baseline_leading import existing
from cli.borrowed import Borrowed
from detectors.memory import ROLE
from model.journal import unstamped
from model.role_use import RoleUse
from trust.caller import aws_caller
from trust.observed import Observed
from trust.ours import Ours

_ROLE_USE = msgspec.msgpack.Decoder(RoleUse)


def seen_in_store(url: str, role_arn: str, ours: Ours) -> Observed:
    """Who assumed the role in the last 30 days, once each: a store keeps callers, not calls."""
    store = Borrowed(existing(url))
    head, _, name = role_arn.rpartition("/")
    document = store.get(ROLE, role_arn) or store.get(ROLE, f"{head.split('/', 1)[0]}/{name}")
    if document is None:
        return Observed()
    use = _ROLE_USE.decode(unstamped(document)[1])
    callers: dict[str, int] = {}
    strangers = 0
    for name in use.callers:
        arn = name.split(" (", 1)[0]
        if ":iam::" in arn and "~" not in name and ":root" not in arn:
            callers[arn] = callers.get(arn, 0) + 1
        else:
            strangers += 1
    org = {"aws:principalorgid": (ours.org_id,)} if ours.org_id else {}
    told = tuple((aws_caller(arn, brings=org if ours.has(arn.split(":")[4]) else {}), n) for arn, n in callers.items())
    return Observed(told, (("", strangers),) if strangers else ())
