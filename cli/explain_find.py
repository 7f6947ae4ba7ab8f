"""Where findings and baselines are looked up: records that are judged again, a backtest's lines, a store."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from activities.ports import Store
from cli.backtest import run
from cli.baseline_find import Catalogue
from cli.finding_lines import stamp
from detectors.judge import Judge
from detectors.memory import LAG
from detectors.settling import Settling
from detectors.track import Track
from integrations.trail_files import read_paths
from model.baseline import Baseline
from model.behind import behind
from model.documents import Past, Shelf
from model.errors import Malformed
from model.finding import Finding
from model.identity import Identity, Kind
from model.journal import Lesson
from model.text import clean, plural
from model.thresholds import Weighing

_WORDS = {"type", "uid", "time", "last_time", "detected", "principal", "confidence", "severity", "detectors"} | {
    *(
        "techniques",
        "source_accounts",
        "target_accounts",
        "roles",
        "hops",
        "records",
        "message",
        "playbook",
        "anomalies",
    )
}


class Source(NamedTuple):
    """Findings, and the documents that they came with; `name` is what it is called where nothing is found in it."""

    name: str
    findings: Sequence[Finding] = ()
    documents: Past | None = None
    tracks: dict[str, Track] = {}  # noqa: RUF012 - a field's default, never changed
    lessons: tuple[Lesson, ...] = ()

    def catalogue(self) -> Catalogue | None:
        """Its identities by name."""
        return None if self.documents is None else Catalogue(self.documents, Settling(self.documents, 0))

    def baseline(self, finding: Finding) -> Baseline | None:
        """The baseline of a finding's origin, where it is known here."""
        catalogue = self.catalogue()
        if catalogue is None:
            return None
        (*exact,) = (known for known in catalogue.like(finding.origin.key) if known.key == finding.origin.key)
        found = exact or catalogue.like(finding.origin.arn or finding.origin.key)
        return catalogue.baseline(found[0].key) if len(found) == 1 else None

    def notes(self, finding: Finding) -> Iterator[str]:
        """What else is known of a finding here: what waits to be learned, and what people said."""
        track = self.tracks.get(behind(finding.origin))
        if track is not None and track.quarantine:
            yield f"until {_minute(track.quarantine)} nothing that its chains do is learned"
        held = [] if track is None else [each for each in track.held if each.since == track.findings.get(finding.uid)]
        if held:
            due = [each.due for each in held if each.due is not None]
            until = f"until {_minute(max(due))}" if len(due) == len(held) else "until somebody decides"
            yield f"{plural(len(held), 'act')} of it not learned {until}"
        for lesson in self.lessons:
            if lesson.finding == finding.uid:
                until = f", which counts until {stamp(lesson.until)}" if lesson.until else ""
                yield f"people said of it: {lesson.verdict.replace('_', ' ')} ({stamp(lesson.told)}){until}"


def judged_again(paths: Sequence[str], judge: Judge, past: Shelf, learn_until: float | None) -> Source:
    """What the records of these paths make, with everything that was learned on the way."""
    result = run(read_paths(list(paths)), judge, past, learn_until, keep_anomalies=False)
    for number in count():
        documents = judge.written().documents
        past.keep(documents)
        if number > LAG and not documents:
            return Source(", ".join(paths), result.in_order, past)
    raise AssertionError


def in_lines(name: str) -> Source:
    """The findings of `backtest --json`, in a file or (`-`) on standard input. Raises Malformed."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Malformed(
            f"--from: {clean(name, 200)} cannot be read as UTF-8 text; name what `backtest --json` printed"
        ) from None
    return Source(name, [_finding(line) for line in _objects(name, text) if line.get("type") == "finding"])


def in_store(url: str, store: Store, weighing: Weighing) -> Source:
    """What goes on in a watch's store: running findings, and those on their way to their cases."""
    memory = Settling(store, 0)
    running = [track.weigh(weighing) for track in memory.tracks.values() if track.evidence]
    findings = {each.uid: each for each in (*store.unsent(), *running) if each is not None}
    lessons = tuple(lesson for _, lesson in store.lessons())
    return Source(url, [*findings.values()], store, memory.tracks, lessons)


def _objects(name: str, text: str) -> Iterable[dict[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        try:
            value = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise Malformed(
                f"--from: line {number} of {clean(name, 200)} is no JSON object: save `backtest --json` as it is"
            )
        yield value


def _finding(line: dict[str, Any]) -> Finding:
    """A printed finding again; of its origin only the ARN is known, and no chain."""
    arn = line.get("origin")
    origin = Identity(key=arn or "unknown", kind=Kind.UNKNOWN, arn=arn, account=_account(arn))
    try:
        return Finding.model_validate(
            {**{key: line[key] for key in _WORDS & line.keys()}, "origin": origin, "lineages": ()}
        )
    except ValidationError:
        raise Malformed(f"--from: {clean(str(line.get('uid')), 40)} is no finding of `backtest --json`") from None


def _account(arn: Any) -> str | None:
    parts = str(arn or "").split(":")
    return parts[4] if len(parts) > 5 else None


def _minute(time: float) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M} UTC"
