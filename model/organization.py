"""The organisation as its people describe it: accounts, vendors, documented trust, time zone, who was on call."""

import json
import re
import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from model.behind import person_behind
from model.errors import Malformed
from model.frozen import Frozen
from model.identity import Identity
from model.text import clean

AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is no IANA time zone; write one like Europe/Berlin") from None
    return name


def _in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]
Zone = Annotated[str, AfterValidator(_known_zone)]


class Account(Frozen):
    """What is known of one account."""

    name: str = ""
    ou: str = ""
    environment: str = ""
    business_unit: str = ""
    tier: str = ""


ORGANISATION = "@organization"
"""In `from` of a relationship: every account that `accounts` names."""
TrustLevel = Literal["", "NAMED", "PATTERN", "ACCOUNT", "ORG", "PUBLIC"]


class Relationship(Frozen):
    """A documented trust: accounts, role ARNs or patterns, until when (None: without an end).

    `level` is how wide the trust policy is that it was written from, `reason` why it is so; neither is judged by.
    """

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    until: Moment | None = None
    level: TrustLevel = ""
    reason: str = ""


class Duty(Frozen):
    """Who was on call, from and until when."""

    person: str
    since: Moment = Field(alias="from")
    until: Moment


class Organization(Frozen):
    """What `--organization FILE` and `[organization]` hold. Times without an offset are UTC."""

    org_id: str = ""
    management_account: AccountId | None = None
    time_zone: Zone = "UTC"
    time_zones: dict[str, Zone] = Field(default_factory=dict)
    accounts: dict[AccountId, Account] = Field(default_factory=dict)
    vendors: dict[AccountId, str] = Field(default_factory=dict)
    trust: tuple[Relationship, ...] = ()
    regions: tuple[str, ...] = ()
    on_call: tuple[Duty, ...] = ()

    def zone_of(self, identity: Identity, origin: Identity | None = None) -> tzinfo:
        """The clock that the identity lives by: the first of `time_zones` that fits, else the organisation's.

        By its ARN, and by the person that AWS vouches for, of its chain's origin where itself has none.
        """
        if not self.time_zones:
            return _zone(self.time_zone)
        person = person_behind(identity, origin)
        return _zone_of(tuple(self.time_zones.items()), person, identity.arn) or _zone(self.time_zone)

    def is_on_call(self, person: str | None, at: datetime) -> bool:
        """Whether the person was on call then; case, and an e-mail's domain where one side has none, do not matter."""
        return bool(person) and any(_same(person or "", d.person) and d.since <= at < d.until for d in self.on_call)


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


@lru_cache(maxsize=16_384)
def _zone_of(zones: tuple[tuple[str, str], ...], person: str | None, arn: str | None) -> tzinfo | None:
    for pattern, zone in zones:
        if (person and _same(person, pattern)) or (arn and fnmatchcase(arn, pattern)):
            return _zone(zone)
    return None


def _same(one: str, other: str) -> bool:
    a, b = one.casefold(), other.casefold()
    return a == b or (("@" in a) != ("@" in b) and a.split("@", 1)[0] == b.split("@", 1)[0])


def read_organization(text: str) -> Organization:
    """The organisation from TOML or JSON text, at the top level or under `organization`.

    Raises Malformed with one line that names the key, what is wrong with it and the fix.
    """
    document = _parsed(text)
    return organization_from(document.get("organization", document))


def ended(trust: Iterable[Relationship], now: datetime) -> list[str]:
    """A line for each documented relationship that is over."""
    return [
        f"trust from {clean(each.source, 120)} to {clean(each.target, 160)} ended {each.until:%Y-%m-%d %H:%M} UTC:"
        " close the role's trust policy, or say a new until"
        for each in trust
        if each.until is not None and each.until <= now
    ]


class TrustFile(Frozen):
    """A trust map by itself: what `hopstop trust map` writes."""

    trust: tuple[Relationship, ...] = ()


def read_trust(text: str) -> tuple[Relationship, ...]:
    """The relationships of a trust map, TOML or JSON. Raises Malformed with one line that names the key and the fix."""
    try:
        return TrustFile.model_validate(_parsed(text, "trust map")).trust
    except ValidationError as error:
        raise Malformed(_one_line(error, "trust map")) from None


def organization_from(document: object) -> Organization:
    """The organisation from a parsed table. Raises Malformed as `read_organization` does."""
    try:
        return Organization.model_validate(document)
    except ValidationError as error:
        raise Malformed(_one_line(error)) from None


def _parsed(text: str, what: str = "organization") -> dict[str, Any]:
    text = text.removeprefix("\ufeff")
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        why = str(error).splitlines()[0][:160]
        raise Malformed(f"{what}: neither TOML nor JSON ({why}): mend the file") from None
    return document if isinstance(document, dict) else {}


_FIXES = {
    "extra_forbidden": "no such key: remove it or correct its spelling",
    "missing": "is missing: add it",
    "string_pattern_mismatch": "must be a 12-digit account id in quotes",
    "string_type": "must be text in quotes",
    "datetime_from_date_parsing": "must be a time like 2026-01-31T08:00:00Z",
    "datetime_parsing": "must be a time like 2026-01-31T08:00:00Z",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "tuple_type": "must be a list",
}


def _one_line(error: ValidationError, what: str = "organization") -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    places = [str(part) for part in first["loc"] if part != "[key]"]
    key = ".".join(re.sub(r"[^\w.-]", "?", place)[:60] for place in [what.replace(" ", "_"), *places])
    said = first["msg"].removeprefix("Value error, ")
    return f"{key}: {_FIXES.get(first['type'], said)}"
