"""Findings in DynamoDB, on their way to cases.

An entry's findings are one bundle in its transaction, taken apart right after it or by who reads next. The outbox then
has one item for each finding that no case acknowledged, in the order of sending: bundles (`-#`), findings in the order
of their entries (`0#`), those that were refused by when their time comes (`1#`). A finding's state says where it is.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import uuid4

import msgspec

from integrations.dynamodb_blobs import body_of, drop_parts, place_body
from integrations.dynamodb_calls import Action, Calls
from integrations.dynamodb_table import Item, digits, key, number_of, short
from model.errors import Unavailable
from model.finding import Finding
from model.journal import FORGOTTEN_S
from model.outbox import PUT_OFF_S, UNSENT_AT_ONCE, finding_of, gist, grown, readable

OUTBOX = "outbox"
BUNDLES = "-#"
BUNDLES_AT_ONCE = 10
LONG_S = 400 * 86_400
TRIES = 5


class _State(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finding as it was last committed (gist, times, entry) and last sent; `place` is its sort key in the outbox."""

    number: int = 0
    order: str = ""
    gist: str = ""
    sent: str = ""
    place: str = ""
    arrived: datetime | None = None
    detected: datetime | None = None


class _Step(msgspec.Struct, frozen=True):
    """What becomes of a finding: its next state, and its item of the outbox where that is written anew."""

    state: _State
    item: Item | None = None


class Outbox:
    """Findings on their way to cases; `now` is the time of day in seconds since 1970 UTC."""

    def __init__(self, calls: Calls, now: Callable[[], float]) -> None:
        self._calls = calls
        self._now = now

    def bundled(self, number: int, findings: Sequence[Finding]) -> Action:
        """The action that keeps an entry's findings."""
        body = b"[" + b",".join(finding.model_dump_json().encode() for finding in findings) + b"]"
        return {"Put": {"Item": {**key(OUTBOX, f"{BUNDLES}{digits(number)}"), **self._held(body)}}}

    def take_apart(self) -> None:
        """Give the findings of committed entries a place each; done twice, it is done once."""
        for item in self._calls.query(OUTBOX, limit=BUNDLES_AT_ONCE):
            if not item["sk"]["S"].startswith(BUNDLES):
                return
            self._take_apart(item)

    def unsent(self) -> tuple[Finding, ...]:
        """Findings that no case has acknowledged as they are now, oldest first; at most 100 at once.

        Raises Malformed as `model.outbox.readable` does.
        """
        found: list[bytes] = []
        due = f"1#{digits(int(self._now()) + 1)}"
        for item in self._calls.query(OUTBOX, limit=UNSENT_AT_ONCE):
            if item["sk"]["S"].startswith(BUNDLES):
                self.take_apart()
                return self.unsent()
            if item["sk"]["S"] > due or len(found) == UNSENT_AT_ONCE:
                break
            found.append(body_of(self._calls, item))
        return readable(found, finding_of)

    def acknowledge(self, finding: Finding) -> None:
        """It has reached its case; where it grew meanwhile it is still unsent."""
        sent = gist(finding)

        def decide(state: _State) -> _Step | None:
            if not state.number or (state.sent == sent and not state.place):
                return None
            place = "" if state.gist == sent else state.place
            return _Step(msgspec.structs.replace(state, sent=sent, place=place))

        self._settle(finding.uid, decide)

    def put_off(self, finding: Finding) -> None:
        """It was refused: it comes again after all others, in an hour; where it grew meanwhile it does not wait."""
        refused, until = gist(finding), digits(int(self._now()) + PUT_OFF_S)

        def decide(state: _State) -> _Step | None:
            place = f"1#{until}#{state.order}"
            item = self._calls.get(OUTBOX, state.place) if state.place not in {"", place} else None
            if item is None or state.gist != refused:
                return None
            return _Step(msgspec.structs.replace(state, place=place), item)

        self._settle(finding.uid, decide)

    def _take_apart(self, bundle: Item) -> None:
        number = int(bundle["sk"]["S"].removeprefix(BUNDLES))
        bodies = msgspec.json.decode(body_of(self._calls, bundle), type=list[msgspec.Raw])
        findings = {finding.uid: finding for finding in (finding_of(bytes(body)) for body in bodies)}
        for at, finding in enumerate(findings.values()):
            self._post(number, f"{digits(number)}#{at:06d}", finding)
        self._calls.delete(OUTBOX, bundle["sk"]["S"])
        drop_parts(self._calls, bundle)

    def _post(self, number: int, order: str, given: Finding) -> None:
        def decide(state: _State) -> _Step | None:
            if state.number >= number:
                return None
            finding = grown(given, state.arrived, state.detected or given.detected)
            now = _State(
                number=number,
                order=state.order or order,
                gist=gist(finding),
                sent=state.sent,
                arrived=finding.arrived,
                detected=finding.detected,
            )
            if now.gist == now.sent:
                return _Step(now)
            same = state.place and now.gist == state.gist
            place = state.place if same else f"0#{now.order}"
            return _Step(msgspec.structs.replace(now, place=place), self._held(finding.model_dump_json().encode()))

        self._settle(given.uid, decide)

    def _settle(self, uid: str, decide: Callable[[_State], _Step | None]) -> None:
        """Do what `decide` makes of the finding's state, unless others changed it meanwhile: then decide again."""
        for _ in range(TRIES):
            kept = self._calls.get(f"finding#{short(uid)}", "state") or {}
            state = self._state(kept)
            step = decide(state)
            if step is None or not self._calls.transact(self._actions(uid, kept, state, step), uuid4().hex):
                return
        raise Unavailable("store: a finding is being changed by others all the time")

    def _state(self, kept: Item) -> _State:
        if not kept or 0 < number_of(kept, "expires") <= self._now():
            return _State()
        return msgspec.json.decode(kept["body"]["B"], type=_State)

    def _actions(self, uid: str, kept: Item, state: _State, step: _Step) -> list[Action]:
        rev = number_of(kept, "rev")
        item = {
            **key(f"finding#{short(uid)}", "state"),
            "body": {"B": msgspec.json.encode(step.state)},
            "rev": {"N": str(rev + 1)},
        }
        if not step.state.place:
            item["expires"] = {"N": str(int(self._now()) + FORGOTTEN_S)}
        actions: list[Action] = [{"Put": {"Item": item, **_unchanged(rev)}}]
        if step.item is not None:
            actions.append({"Put": {"Item": {**step.item, **key(OUTBOX, step.state.place)}}})
        if state.place and state.place != step.state.place:
            actions.append({"Delete": {"Key": key(OUTBOX, state.place)}})
        return actions

    def _held(self, body: bytes) -> Item:
        return place_body(self._calls, body, int(self._now()) + LONG_S)


def _unchanged(rev: int) -> dict[str, object]:
    if not rev:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {"ConditionExpression": "rev = :rev", "ExpressionAttributeValues": {":rev": {"N": str(rev)}}}
