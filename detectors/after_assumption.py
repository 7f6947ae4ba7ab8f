"""A dangerous call by an identity that never makes such calls, right after a hop or with no hop in sight.

Fires when a mature identity makes a call of a kind that neither it nor its chain's origin made in 30 days. The kinds
are families: users and their keys, roles and policies, who is trusted (SAML, OpenID Connect, Roles Anywhere), Identity
Center, the organisation, code that runs as somebody else, commands on machines, sharing data, federation tokens, event
buses, secrets. model/deeds.py lists every call.

- What outlasts the session (a user, a key, a login profile, a trust) is high. So are roles and policies made by a
  session that a service began (a Lambda, an instance): nobody was seen to assume its role. A role's trust that a person
  of Identity Center changes where the portal let them in is medium: that is what administrators do.
- Roles and policies by others, data or an event bus opened to other accounts, federation tokens, secrets read by a
  filter that names none of them: medium.
- Code, commands on machines and the like are people's work: low for a person, medium for a role.
- Within an hour `secrets` secrets that it never read before, and twice as many as it read in 30 days (at most four
  times `secrets`): medium; low from twice `secrets` for who is too young to have habits.
- What was refused counts one step less.
- What the role does every day, and the mature origin of this chain never did: low, for what lasts.

Who is too young to have habits is judged by its origin's, where that one is mature, and else by its peers. With nobody
to compare with, creating users, keys, login profiles and federated users is medium, and so are other identities, roles
and trust that root or somebody in the management account makes; elsewhere lasting trust is low, the rest quiet.

Quiet: the same call within 30 days, and calls of a kind known for a day (what lasts is low then), calls that others of
the same role name or permission set make, service-linked roles, one more kind of call by who makes many (low, medium
for what lasts): pipelines that build everything. A user's new key for itself is low, a key made inactive nothing. What
people were told of and is not learned yet, after the hour of its finding. What hopstop writes while it contains.

False positives: the first user or key that somebody makes in 30 days, a quarterly key rotation for others, a release
that calls something new, a new vault that a job begins to read.

ATT&CK: T1136.003, T1098.001, T1098.003, T1098, T1484.002, T1648, T1651, T1537, T1550.001, T1555.006, T1666.

Runbook: look at what was created and for whom. Deactivate the new key, delete the new user or take back the trust
before the chain is cut: it is the way back in. Then ask who was behind the session; of a service's session, who can
change what runs there or send it events.

Needs data events: no, because the opened bus and the created user of the story's third chain (sandbox Lambda, event
bus, management account, CreateUser) are management events; PutEvents and Invoke, where recorded, add low ones.
"""

from enum import Enum
from typing import NamedTuple

from model.anomaly import Anomaly
from model.assumption import ApiCall
from model.baseline import HOUR, READS, Baseline
from model.behind import in_portal, person_behind
from model.chain import Chain
from model.confidence import Confidence
from model.deeds import (
    BUS,
    CODE,
    IDENTITIES,
    ORGANISATION,
    PORTAL,
    REMOTE,
    ROLES,
    SECRETS,
    SHARING,
    TOKENS,
    TRUST,
    USERS,
    WATCH,
    Deed,
    Grade,
    family_of,
    habit_name,
)
from model.facts import AFTER_S, secrets_read
from model.identity import Kind
from model.label import label, moment
from model.peer_use import PeerUse
from model.role_path import is_linked
from model.text import code, plural
from model.thresholds import Thresholds

NAME = "after_assumption"
_TECHNIQUES = {
    USERS: ("T1136.003", "T1098.001"),
    ROLES: ("T1098.003", "T1098"),
    TRUST: ("T1484.002",),
    PORTAL: ("T1098.003",),
    ORGANISATION: ("T1666",),
    CODE: ("T1648", "T1098"),
    REMOTE: ("T1651",),
    SHARING: ("T1537",),
    TOKENS: ("T1550.001",),
    SECRETS: ("T1555.006",),
    BUS: ("T1648",),
}


class Habits(NamedTuple):
    """Whose habits a call is compared with: the caller's, its chain's origin's, its peers'."""

    caller: Baseline
    origin: Baseline
    peers: PeerUse | None = None


class _News(Enum):
    """How new a call is: its NAME within a kind that is known, its KIND to who makes others like it, or ALL of it. To
    who is too YOUNG for habits nothing can be; what the role does is the habit of OTHERS than the chain's origin."""

    NONE = "none"
    OTHERS = "others"
    NAME = "name"
    KIND = "kind"
    ALL = "all"
    YOUNG = "young"


def after_assumption(
    call: ApiCall, deed: Deed, way: Chain, known: Habits, thresholds: Thresholds, management: str | None = None
) -> Anomaly | None:
    """Whether a dangerous call is one that its caller never makes; `way` is how its session came to be, `management`
    the account that rules the others."""
    if deed.family is WATCH or is_linked(call.caller.arn) or _is_switched_off(call):
        return None
    habit = known.caller.has_done(habit_name(deed, call.error), call.time)
    if habit or known.caller.has_done(deed.name, call.time):
        news = _News.OTHERS if _is_others_habit(call, deed, known, thresholds) else _News.NONE
    else:
        news = _news(call, deed, known, thresholds)
    rank = _rank(call, deed, way, news, _is_persons(call, way, known, thresholds))
    if news is _News.YOUNG and _has_floor(call, deed, management):
        rank = _MEDIUM
    rank = min(rank, _LOW) if _is_own_key(call, deed) else rank
    rank -= call.error is not None
    return _anomaly(call, deed, way, news, _CONFIDENCES[rank]) if rank >= 0 else None


def secrets_in_bulk(call: ApiCall, baseline: Baseline, thresholds: Thresholds) -> Anomaly | None:
    """Whether a read is one of too many secrets that the caller never read before."""
    things = secrets_read(call)
    if all(thing in baseline.read for thing in things) or len(baseline.read) >= READS:
        return None
    known = baseline.read_before(call.time - HOUR)
    count = len(baseline.newly_read(call.time - HOUR, call.time) | {*things} - known)
    before, least = len(known), thresholds.after_assumption.secrets
    mature = _is_mature(baseline, call, thresholds)
    limit = max(least, min(2 * before, 4 * least)) if mature else 2 * least
    if count < limit:
        return None
    return Anomaly(
        detector=NAME,
        time=moment(call.time),
        confidence=Confidence.MEDIUM if mature else Confidence.LOW,
        observed=count,
        expected=before,
        threshold=limit,
        window=HOUR,
        message=f"{label(call.caller)} read {plural(count, 'secret')} within an hour that it never read before",
        records=(call.record,),
        techniques=_TECHNIQUES[SECRETS],
    )


def _news(call: ApiCall, deed: Deed, known: Habits, thresholds: Thresholds) -> _News:
    """By the habits of the caller and its origin; what either does is not new."""
    kinds = _kinds(known.caller, call.time) | _kinds(known.origin, call.time)
    if deed.family in kinds or _is_peers(call, deed, known, thresholds):
        return _News.NAME
    if deed.name == "secretsmanager:BatchGetSecretValue" and known.caller.read:
        return _News.NAME
    if not _is_mature(known.caller, call, thresholds) and not _is_mature(known.origin, call, thresholds):
        return _News.YOUNG
    akin = deed.family in IDENTITIES and not IDENTITIES.isdisjoint(kinds)
    return _News.KIND if akin or len(kinds) >= thresholds.after_assumption.kinds else _News.ALL


def _kinds(baseline: Baseline, now: float) -> set[str]:
    return {family for done in baseline.done(now) if (family := family_of(done))}


def _is_peers(call: ApiCall, deed: Deed, known: Habits, thresholds: Thresholds) -> bool:
    peers, days = known.peers, thresholds.maturity.days
    return peers is not None and peers.knows_family(deed.family, call.caller.key, call.time, days)


def _is_mature(baseline: Baseline, call: ApiCall, thresholds: Thresholds) -> bool:
    return baseline.mature(call.time, thresholds.maturity.days, thresholds.maturity.active_hours)


def _is_others_habit(call: ApiCall, deed: Deed, known: Habits, thresholds: Thresholds) -> bool:
    """Whether the role makes such calls, for others than this chain's origin."""
    if known.origin is known.caller or not _is_mature(known.origin, call, thresholds):
        return False
    return deed.family not in _kinds(known.origin, call.time)


_CONFIDENCES = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)
_QUIET, _LOW, _MEDIUM, _HIGH = -1, 0, 1, 2
_RANKS = {
    Grade.GRAVE: {_News.OTHERS: _LOW, _News.NAME: _LOW, _News.KIND: _MEDIUM, _News.ALL: _HIGH, _News.YOUNG: _LOW},
    Grade.HEAVY: {_News.KIND: _LOW, _News.ALL: _MEDIUM},
    Grade.GIVING: {_News.KIND: _LOW, _News.ALL: _MEDIUM, _News.YOUNG: _LOW},
    Grade.COMMON: {_News.ALL: _MEDIUM},
    Grade.FAINT: {_News.ALL: _LOW},
}


def _rank(call: ApiCall, deed: Deed, way: Chain, news: _News, persons: bool) -> int:
    rank = _RANKS[deed.grade].get(news, _QUIET)
    if deed.grade is Grade.HEAVY and news is _News.ALL and _is_services(call, way):
        rank = _HIGH
    if persons and deed.grade in (Grade.COMMON, Grade.FAINT):
        rank -= 1
    if news is _News.ALL and deed.family is ROLES and not way.depth and in_portal(call.caller):
        rank = min(rank, _MEDIUM)
    return rank


def _has_floor(call: ApiCall, deed: Deed, management: str | None) -> bool:
    """Whether it says enough without anybody's habits to compare with."""
    if deed.worst or deed.family is TOKENS or (deed.grade is Grade.GRAVE and call.caller.kind is Kind.ROOT):
        return True
    ruling = management is not None and call.caller.account == management and call.caller.kind is not Kind.UNKNOWN
    return ruling and deed.family in IDENTITIES


def _is_services(call: ApiCall, way: Chain) -> bool:
    """A role's session that nobody was seen to begin, and no person."""
    return not way.depth and call.caller.kind is Kind.ROLE and not call.caller.person


def _is_persons(call: ApiCall, way: Chain, known: Habits, thresholds: Thresholds) -> bool:
    """Whether the one whose habits count is no machine's role: the caller, or its origin where it is too young.

    A role's session that is named like a person is a person's only where AWS vouches for one behind it.
    """
    who = call.caller if _is_mature(known.caller, call, thresholds) else way.origin
    return who.kind is not Kind.ROLE or (who.person is not None and person_behind(who, way.origin) is not None)


def _is_switched_off(call: ApiCall) -> bool:
    """A key or rule that is only made inactive gives nobody anything."""
    return call.off is True


def _is_own_key(call: ApiCall, deed: Deed) -> bool:
    """A user's key for itself: no name was given, or its own."""
    caller = call.caller
    if deed.family is not USERS or caller.kind is not Kind.USER or call.error is not None:
        return False
    return call.on is None or (caller.arn or "").rsplit("/", 1)[-1] == call.on


def _anomaly(call: ApiCall, deed: Deed, way: Chain, news: _News, confidence: Confidence) -> Anomaly:
    tried = " tried to call" if call.error is not None else " called"
    what = f" on {code(call.on, 100)}" if call.on else ""
    return Anomaly(
        detector=NAME,
        time=moment(call.time),
        confidence=confidence,
        observed=deed.name,
        expected=None,
        threshold=None,
        window=None,
        message=f"{label(call.caller)}{tried} {code(deed.name)}{what}{_since(call, way)}: {_why(deed, news)}",
        records=(call.record,),
        techniques=_TECHNIQUES[deed.family],
    )


def _since(call: ApiCall, way: Chain) -> str:
    if not way.hops:
        return ", with no hop in sight" if _is_services(call, way) else ""
    after = call.time - way.hops[-1].time
    return f", {after:.0f} s after a hop" if 0 <= after <= AFTER_S else ", in a session that a hop made"


def _why(deed: Deed, news: _News) -> str:
    if news is _News.OTHERS:
        return f"its role works with {deed.family}, whoever is behind this chain never did in 30 days"
    if news is _News.YOUNG:
        return "it is too young to have habits"
    if news is _News.NAME:
        return f"new to it, though it works with {deed.family}"
    return f"it never did anything with {deed.family} in 30 days"
