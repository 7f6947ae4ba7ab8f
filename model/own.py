"""What is the watch's own, so that an attack on it is told from everybody's work."""

from model.assumption import ApiCall
from model.chain import Chain
from model.frozen import Frozen, added
from model.role_path import role_path

PREFIX = "hopstop"
"""How everything is named that deploy/ and docs/ have people make, and every policy that a containment writes."""
TAG = "hopstop-contained"
"""The tag on what is contained."""
_POLICIES = frozenset(("PutRolePolicy", "PutUserPolicy", "DeleteRolePolicy", "DeleteUserPolicy"))
_TAGS = frozenset(("UntagRole", "UntagUser"))
_ATTACHED = frozenset(("AttachRolePolicy", "AttachUserPolicy", "DetachRolePolicy", "DetachUserPolicy"))
_SCPS = frozenset(("AttachPolicy", "DetachPolicy", "UpdatePolicy"))


class Own(Frozen):
    """The queue's URL, the bucket of the log files, the names (with their paths) of the containing role and of the
    prepared deny policy; empty where settings do not say. `scps` are the ids of the prepared SCPs. Whatever is named
    `hopstop…` is the watch's too."""

    queue: str = ""
    bucket: str = ""
    role: str = ""
    managed: str = added("")
    scps: tuple[str, ...] = added(())

    def touched(self, call: ApiCall) -> str | None:
        """What of the watch's own a call acted on."""
        on, part = call.on, call.part
        if part is not None and (_is_ours(part) or self._is_prepared(call, part)):
            return part
        if on is not None and (_is_ours(on) or self._is_named(call.source, on) or self._is_prepared(call, on)):
            return on
        return next((thing for thing in call.things if _is_ours(thing)), None)

    def is_containing(self, call: ApiCall, way: Chain) -> bool:
        """Whether this is hopstop at work: the containing role, in a session named for the case whose policy it
        handles, that a principal of the queue's account assumed in sight. An attacker may choose the session's name,
        but not from which account it is assumed."""
        caller, name = call.caller, call.caller.session_name or ""
        if not self.role or role_path(caller.arn) != self.role.strip("/"):
            return False
        at_work = _is_at_work(call, name) or (self._is_prepared(call, call.part or call.on or "") and _is_named(name))
        return at_work and self._came_from_home(way)

    def _is_prepared(self, call: ApiCall, policy: str) -> bool:
        """Whether a call attaches, detaches or changes the deny policy, or an SCP, that people prepared."""
        if call.source == "organizations.amazonaws.com":
            return call.name in _SCPS and any(one in self.scps for one in (call.on, policy))
        return call.name in _ATTACHED and (_is_ours(policy) or policy.partition(":policy/")[2] == (self.managed or "-"))

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
    return known and _is_named(session)


def _is_named(session: str) -> bool:
    """Whether a session is named as those of cases and leases are."""
    return session.startswith(("case-", "lease-"))


def _is_ours(name: str) -> bool:
    return _last(name)[: len(PREFIX)].lower() == PREFIX


def _last(name: str) -> str:
    """The last part of a name, ARN or URL."""
    return name.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
