"""A trust map as people read and change it: TOML, sorted, with what must be looked at said where it stands."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from model.label import moment
from model.organization import Relationship
from model.text import clean
from trust.documented import Configured, Entry
from trust.drift import Drift

_HEAD = """# Documented trust: who of another account may come to which role. Made by `hopstop trust map` on {day}.
# Go through it: take out what nobody should do, and say why of what stays. Then name this file in hopstop.toml as
# [trust] map = "…"; the watch reads it again when it changes. Made again, what stands here stays and only what is new
# is added. What has an `until` is an exception: from then on the watch tells of it again."""


def map_text(
    kept: Sequence[Relationship],
    new: Sequence[Relationship],
    configured: Configured,
    now: datetime,
    drift: Sequence[Drift] = (),
) -> str:
    """The whole file, with drift as comments at its end."""
    levels = ", ".join(f"{count} {level}" for level, count in sorted(configured.levels.items()))
    lines = [_HEAD.format(day=f"{now:%Y-%m-%d}"), f"# Roles by the widest that their trust policy is: {levels}."]
    if kept:
        lines += ["", "# What stood here before.", *_tables(kept)]
    ordinary = [each for each in new if each.until is None]
    exceptions = [each for each in new if each.until is not None]
    if ordinary:
        lines += ["", "# New.", *_tables(ordinary)]
    if exceptions:
        lines += ["", "# New exceptions: each ends, unless somebody says why it should not.", *_tables(exceptions)]
    if public := [entry for entry in configured.entries if entry.open]:
        lines += [
            "",
            "# Not documented, whatever it is for: anybody who meets the conditions comes in.",
            *_closed(public),
        ]
    if drift:
        lines += ["", f"# Where documents, policies and use part on {now:%Y-%m-%d}.", *_parting(drift)]
    return "\n".join(lines)


def _parting(drift: Iterable[Drift]) -> Iterator[str]:
    for each in drift:
        used = "" if each.last is None else f", last used {moment(each.last):%Y-%m-%d %H:%M} UTC"
        yield f"# {each.why}: {clean(each.source, 200)} -> {clean(each.target, 400)}{used}"


def _tables(trust: Iterable[Relationship]) -> Iterator[str]:
    for each in trust:
        yield ""
        yield "[[trust]]"
        yield f"from = {_text(each.source)}"
        yield f"to = {_text(each.target)}"
        if each.level:
            yield f"level = {_text(each.level)}"
        if each.until is not None:
            yield f"until = {each.until:%Y-%m-%dT%H:%M:%SZ}"
        if each.reason:
            yield f"reason = {_text(each.reason)}"


def _closed(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield f"# {clean(entry.source, 200)} -> {clean(entry.target, 400)}"


def _text(text: str) -> str:
    """A basic string of TOML, which JSON's is but for DEL and halves of characters."""
    safe = text.encode("utf-8", "replace").decode("utf-8").replace("\x7f", "")
    return json.dumps(safe, ensure_ascii=False)
