"""A finding as OCSF's Detection Finding, held against a published model of it."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ocsf_models.events.findings.detection_finding import DetectionFinding

from detectors.catalogue import catalogue
from model.case import CaseState
from model.confidence import Confidence
from model.ocsf_finding import detection_finding
from model.siem import case_note, low_note, verdict_of
from model.techniques import TACTICS, TECHNIQUES
from tests.model.test_render import HOSTILE, hostile, view
from tests.workflows.attack import finding
from tests.workflows.fakes import T0

# OCSF 1.5.0, Detection Finding: the attributes that are required.
REQUIRED = {
    "activity_id", "category_uid", "class_uid", "finding_info", "metadata", "severity_id", "time", "type_uid",
}  # fmt: skip


def held(event: dict) -> DetectionFinding:
    """The event as the model reads it."""
    assert {*event} >= REQUIRED
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    return DetectionFinding.model_validate(json.loads(json.dumps(event)))


@pytest.mark.parametrize("state", list(CaseState))
def test_every_state_of_a_case_is_a_detection_finding(state: CaseState) -> None:
    read = held(detection_finding(case_note(view(state), 3, T0)))
    assert read.class_uid == 2004
    assert read.finding_info.uid == finding().uid
    assert read.severity_id.value == 5
    assert read.time == int(T0.timestamp() * 1000)


def test_it_opens_is_updated_and_closes() -> None:
    opened = detection_finding(case_note(view(CaseState.ENRICHING), 0, T0))
    changed = detection_finding(case_note(view(CaseState.WAITING), 1, T0))
    closed = detection_finding(case_note(view(CaseState.DENIED, closed=True), 2, T0))
    assert [event["activity_name"] for event in (opened, changed, closed)] == ["Create", "Update", "Close"]
    assert [event["status_id"] for event in (opened, changed, closed)] == [1, 2, 4]
    assert len({event["metadata"]["uid"] for event in (opened, changed, closed)}) == 3
    assert len({event["finding_info"]["uid"] for event in (opened, changed, closed)}) == 1


def test_what_people_said_is_the_verdict() -> None:
    decided = view(CaseState.DENIED, containments=())
    assert decided.decision is not None
    denied = decided.model_copy(update={"decision": decided.decision.model_copy(update={"outcome": "denied"})})
    late = decided.model_copy(update={"decision": decided.decision.model_copy(update={"outcome": "expired"})})
    assert verdict_of(view(CaseState.WAITING)) == "unknown"
    assert verdict_of(view(CaseState.CONTAINED)) == "true_positive"
    assert verdict_of(denied) == "benign"
    assert verdict_of(late) == "insufficient_data"


def test_a_low_finding_is_told_again_only_when_it_grew() -> None:
    low = finding(1, Confidence.LOW)
    grown = low.model_copy(update={"records": (*low.records, "r9")})
    assert low_note(low).uid == low_note(low.model_copy(update={"records": low.records[::-1]})).uid
    assert low_note(low).uid != low_note(grown).uid
    assert held(detection_finding(low_note(low))).confidence_id.value == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_wrote_breaks_neither_the_schema_nor_a_line(text: str) -> None:
    event = detection_finding(case_note(hostile(text, CaseState.CONTAINED), 1, T0))
    held(event)
    line = json.dumps(event)
    assert line.isascii()
    assert line.isprintable()
    assert len(line) < 200_000


@settings(max_examples=60)
@given(st.text(max_size=600))
def test_any_text_makes_a_detection_finding(text: str) -> None:
    held(detection_finding(case_note(hostile(text, CaseState.WAITING), 1, T0)))


def test_however_long_the_chain_it_fits_an_event_of_the_bus() -> None:
    seen = finding()
    line = seen.lineages[0]
    hops = tuple(line.hops[0].model_copy(update={"time": T0 + timedelta(seconds=n)}) for n in range(3000))
    long = seen.model_copy(
        update={
            "lineages": (line.model_copy(update={"hops": hops}),) * 9,
            "records": tuple(f"{n:036d}" for n in range(9000)),
            "roles": seen.roles * 900,
        }
    )
    assert len(json.dumps(detection_finding(low_note(long)))) < 250_000


def test_every_technique_that_a_detector_names_has_its_name() -> None:
    named = {uid for page in catalogue() for uid in page.techniques}
    assert named <= {*TECHNIQUES}
    assert {tactic for _, tactic in TECHNIQUES.values()} == {*TACTICS}
