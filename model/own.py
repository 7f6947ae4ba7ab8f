"""What is the watch's own, so that an attack on it is told from everybody's work."""

from model.assumption import ApiCall
from model.chain import Chain
from model.frozen import Frozen
from model.role_path import role_path

PREFIX = "hopstop"
"""How everything is named that deploy/ and docs/ have people make, and every policy that a containment writes."""
TAG = "hopstop-contained"
"""The tag on what is contained."""
_POLICIES = frozenset(("PutRolePolicy", "PutUserPolicy", "DeleteRolePolicy", "DeleteUserPolicy"))
_TAGS = frozenset(("UntagRole", "UntagUser"))


class Own(Frozen):
    """The queue's URL, the bucket of the log files, the name (with its path) of the containing role; empty where
    settings do not say. Whatever is named `hopstop…` is the watch's too."""

    queue: str = ""
    bucket: str = ""
    role: str = ""

    def touched(self, call: ApiCall) -> str | None:
        """What of the watch's own a call acted on."""
        on, part = call.on, call.part
        if part is not None and _is_ours(part):
            return part
        if on is not None and (_is_ours(on) or self._is_named(call.source, on)):
            return on
        return next((thing for thing in call.things if _is_ours(thing)), None)

    def is_containing(self, call: ApiCall, way: Chain) -> bool:
        """Whether this is hopstop at work: the containing role, in a session named for the case whose policy it
        handles, that a principal of the queue's account assumed in sight. An attacker may choose the session's name,
        but not from which account it is assumed."""
        caller, name = call.caller, call.caller.session_name or ""
        if not self.role or role_path(caller.arn) != self.role.strip("/"):
            return False
        return _is_at_work(call, name) and self._came_from_home(way)

    def _came_from_home(self, way: Chain) -> bool:
        parts = self.queue.split("/")
        home = parts[-2] if len(parts) > 2 else ""
        return bool(home) and bool(way.hops) and way.hops[-1].caller.account == home

    def _is_named(self, source: str, on: str) -> bool:
        if source == "sqs.amazonaws.com":
            return bool(self.queue) and _last(on) == _last(self.queue)
        if source == "s3.amazonaws.com":
            return bool(self.bucket) and _last(on) == self.bucket
        return source == "iam.amazonaws.com" and bool(self.role) and _last(on) == _last(self.role)


def _is_at_work(call: ApiCall, session: str) -> bool:
    """Whether a session's name is that of the case or lease whose policy, key or tag this is."""
    if call.name in _POLICIES:
        case = (call.part or "").removeprefix(PREFIX + "-").rpartition("-")[0]
        return bool(case) and (session == f"case-{case}" or session.startswith(f"lease-{case}-"))
    ours = bool(call.things) and all(thing == TAG or thing.startswith(TAG + ":") for thing in call.things)
    known = call.name == "UpdateAccessKey" or (call.name in _TAGS and ours)
    return known and session.startswith(("case-", "lease-"))


def _is_ours(name: str) -> bool:
    return _last(name)[: len(PREFIX)].lower() == PREFIX


def _last(name: str) -> str:
    """The last part of a name, ARN or URL."""
    return name.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
