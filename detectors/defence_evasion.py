"""The watch itself is attacked: what would see, keep or stop an attack is switched off, narrowed or taken away.

Fires when somebody

- touches what is the watch's own: its rules, queue, log bucket, containing role, or a deny policy or tag that a
  containment put (what settings name, and whatever is named `hopstop…`). Taking away or switching off is high, whoever
  does it; writing to it is medium;
- stops or deletes a trail, narrows what it keeps so that management events are lost, or switches GuardDuty, Config or
  Security Hub off, or leaves the organisation: high;
- deletes flow logs, query logs or an analyzer: high, medium by who is too young to have habits or makes many kinds of
  dangerous calls (pipelines that tear down what they built);
- filters findings, changes a trail, detaches a policy of the organisation; or disables or deletes a rule or a bucket
  whose name says that it keeps watch (cloudtrail, guardduty, security, audit): medium, low by such a pipeline.

What was refused counts one step less.

Quiet: what is no trail, by a mature identity that does so as a habit, is low (a tool that tears test accounts down); a
trail it does so to is medium, and a filter nothing. The containing role in the session of the case whose policy it
handles, assumed in sight by a principal of the queue's account. Settings that narrow nothing.

False positives: hopstop's own upgrade by a pipeline, an account that is closed, a trail that another one replaces.

ATT&CK: T1562.008, T1562.001, T1562, T1070, T1666.

Runbook: put back what was taken away at once, from the deployment, and only then ask: every minute until then is one
that nobody sees. Read the log files of the time (`[reconcile]`) and the organisation's trail for what was done behind
it, and cut whoever did it.

Needs data events: no, because every one of these calls is a management event; the trail tells of its own end.
"""

import re

from model.anomaly import Anomaly
from model.assumption import ApiCall
from model.baseline import Baseline
from model.confidence import Confidence
from model.deeds import WATCH, Deed, Grade, family_of
from model.label import label, moment
from model.own import Own
from model.role_path import is_linked
from model.text import code
from model.thresholds import Thresholds

NAME = "defence_evasion"
_ADDS = ("Put", "Attach", "Create", "Add")
_WATCHFUL = re.compile(r"cloud-?trail|guard-?duty|security-?hub|securit|audit|siem|secops", re.IGNORECASE)
_CONFIDENCES = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)
_QUIET, _LOW, _MEDIUM, _HIGH = -1, 0, 1, 2
_TRAIL = "cloudtrail:"
_TECHNIQUES = {"cloudtrail": ("T1562.008",), "organizations": ("T1666", "T1562"), "s3": ("T1562.008", "T1070")}


def defence_evasion(call: ApiCall, deed: Deed, baseline: Baseline, own: Own, thresholds: Thresholds) -> Anomaly | None:
    """Whether a call is aimed at the watch; `own` says what is hopstop's. Hopstop's own calls are not asked about."""
    if is_linked(call.caller.arn):
        return None
    ours = own.touched(call)
    rank = _own_rank(call) if ours is not None else _rank(call, deed, baseline, thresholds)
    rank -= call.error is not None
    return _anomaly(call, deed, ours, _CONFIDENCES[rank]) if rank >= 0 else None


def _own_rank(call: ApiCall) -> int:
    if call.off or call.name.startswith("PutRolePermissionsBoundary"):
        return _HIGH
    return _MEDIUM if call.name.startswith(_ADDS) else _HIGH


def _rank(call: ApiCall, deed: Deed, baseline: Baseline, thresholds: Thresholds) -> int:
    """What a call that is not aimed at hopstop's own says."""
    if deed.family is not WATCH:
        return _QUIET
    grade = _grade(call, deed)
    mature = baseline.mature(call.time, thresholds.maturity.days, thresholds.maturity.active_hours)
    if mature and baseline.has_done(deed.name, call.time):
        return {Grade.BLIND: _MEDIUM if deed.name.startswith(_TRAIL) else _LOW, Grade.DIM: _LOW}.get(grade, _QUIET)
    if grade is Grade.BLIND:
        return _HIGH
    builds = _builds(call, baseline, thresholds)
    if grade is Grade.DIM:
        return _HIGH if mature and not builds else _MEDIUM
    if grade is Grade.FILTER:
        return _MEDIUM if mature and not builds else _LOW
    return _QUIET


def _grade(call: ApiCall, deed: Deed) -> Grade:
    """The grade, by what the request says where the name alone does not."""
    if deed.grade is Grade.CHANGE:
        if call.off:
            return Grade.BLIND
        return Grade.FILTER if call.off is None or call.name == "UpdateTrail" else Grade.AIMED
    if deed.grade is Grade.AIMED and call.source in ("events.amazonaws.com", "s3.amazonaws.com"):
        return Grade.FILTER if _WATCHFUL.search(call.on or "") else Grade.AIMED
    return deed.grade


def _builds(call: ApiCall, baseline: Baseline, thresholds: Thresholds) -> bool:
    kinds = {family_of(done) for done in baseline.done(call.time)} - {None}
    return len(kinds) >= thresholds.after_assumption.kinds


def _anomaly(call: ApiCall, deed: Deed, ours: str | None, confidence: Confidence) -> Anomaly:
    tried = " tried to call" if call.error is not None else " called"
    on = ours or call.on
    what = f" on {code(on, 100)}" if on else ""
    end = ": that is the watch's own" if ours is not None else _end(call)
    return Anomaly(
        detector=NAME,
        time=moment(call.time),
        confidence=confidence,
        observed=deed.name,
        expected=None,
        threshold=None,
        window=None,
        message=f"{label(call.caller)}{tried} {code(deed.name)}{what}{end}",
        records=(call.record,),
        techniques=_TECHNIQUES.get(deed.name.split(":", 1)[0], ("T1562.001",)),
    )


def _end(call: ApiCall) -> str:
    return ": it switches off or narrows what is kept" if call.off else ": it weakens what watches the account"
