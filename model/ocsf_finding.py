"""A finding as an OCSF Detection Finding (class 2004, schema 1.5.0), for a SIEM. Pure."""

from datetime import datetime
from typing import Any

from model.anomaly import Anomaly
from model.confidence import Confidence
from model.finding import Finding
from model.lineage import Hop
from model.siem import SiemNote
from model.techniques import TACTICS, TECHNIQUES
from model.text import clean

VERSION = "1.5.0"
CLASS = 2004
_ACTIVITIES = {"create": (1, "Create"), "update": (2, "Update"), "close": (3, "Close")}
_STATUS = {"new": (1, "New"), "in_progress": (2, "In Progress"), "resolved": (4, "Resolved")}
_VERDICTS = {"true_positive": (2, "True Positive"), "benign": (5, "Benign"), "unknown": (0, "Unknown")}
_VERDICTS["insufficient_data"] = (7, "Insufficient Data")
_CONFIDENCE = {Confidence.LOW: (1, "Low"), Confidence.MEDIUM: (2, "Medium"), Confidence.HIGH: (3, "High")}
_RECORDS, _HOPS, _ANOMALIES, _ROLES = 200, 40, 16, 60

Json = dict[str, Any]


def detection_finding(note: SiemNote) -> Json:
    """The event, ready for JSON. `metadata.uid` names this event: a collector that sees it twice has seen it once."""
    finding = note.finding
    number, name = _ACTIVITIES[note.activity]
    status, verdict = _STATUS[note.status], _VERDICTS[note.verdict]
    confidence = _CONFIDENCE[finding.confidence]
    return {
        "activity_id": number,
        "activity_name": name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + number,
        "type_name": f"Detection Finding: {name}",
        "time": _ms(note.at),
        "start_time": _ms(finding.time),
        "end_time": _ms(finding.last_time),
        "severity_id": finding.severity.number,
        "severity": finding.severity.capitalize(),
        "confidence_id": confidence[0],
        "confidence": confidence[1],
        "status_id": status[0],
        "status": status[1],
        "status_detail": clean(note.state.replace("_", " "), 60),
        "verdict_id": verdict[0],
        "verdict": verdict[1],
        "is_alert": finding.confidence is not Confidence.LOW,
        "count": len(finding.records),
        "message": _words(finding.message),
        "comment": _words(note.comment),
        "metadata": _metadata(note),
        "finding_info": _info(note),
        "cloud": {"provider": "AWS", **_account(finding.origin.account)},
        "resources": [_resource(arn) for arn in dict.fromkeys(finding.roles[:_ROLES])],
        "evidences": [_evidence(hop, finding) for line in finding.lineages[:3] for hop in line.hops[:_HOPS]],
        "unmapped": _ours(note),
    }


def _metadata(note: SiemNote) -> Json:
    return {
        "version": VERSION,
        "uid": note.uid,
        "correlation_uid": note.case or note.finding.uid,
        "profiles": ["cloud", "incident"],
        "product": {"name": "hopstop", "vendor_name": "hopstop", "uid": "hopstop"},
    }


def _info(note: SiemNote) -> Json:
    finding = note.finding
    return {
        "uid": finding.uid,
        "title": f"Identity attack through assumed roles: {', '.join(finding.detectors)}"[:200],
        "desc": _words(finding.message),
        "types": list(finding.detectors),
        "created_time": _ms(finding.detected),
        "modified_time": _ms(note.at),
        "first_seen_time": _ms(finding.time),
        "last_seen_time": _ms(finding.last_time),
        "data_sources": ["AWS CloudTrail"],
        "attacks": [_attack(uid) for uid in finding.techniques],
        "analytic": {"name": finding.detectors[-1], "uid": finding.detectors[-1], "type_id": 2, "type": "Behavioral"},
        "related_analytics": [_analytic(one) for one in finding.anomalies[:_ANOMALIES]],
        "related_events": [{"uid": uid, "type": "CloudTrail record"} for uid in finding.records[:_RECORDS]],
        **({"src_url": note.link} if note.link else {}),
    }


def _attack(uid: str) -> Json:
    """A technique; a sub-technique stands under its own, as ATT&CK has it."""
    name, tactic = TECHNIQUES.get(uid, (uid, ""))
    whole = uid.partition(".")[0]
    attack: Json = {"version": "17", "technique": {"uid": whole, "name": TECHNIQUES.get(whole, (whole, ""))[0]}}
    if whole != uid:
        attack["sub_technique"] = {"uid": uid, "name": name}
    if tactic:
        attack["tactic"] = {"uid": tactic, "name": TACTICS[tactic]}
    return attack


def _analytic(one: Anomaly) -> Json:
    return {"name": one.detector, "uid": one.detector, "type_id": 2, "type": "Behavioral", "desc": _words(one.message)}


def _account(number: str | None) -> Json:
    if not number:
        return {}
    return {"account": {"uid": clean(number, 40), "name": clean(number, 40), "type_id": 10, "type": "AWS Account"}}


def _resource(arn: str) -> Json:
    shown = clean(arn, 300)
    parts = shown.split(":", 5)
    partition, account = (parts[1], parts[4]) if len(parts) == 6 else ("", "")
    return {
        "uid": shown,
        "name": shown.rsplit("/", 1)[-1],
        "type": "AWS::IAM::Role",
        "cloud_partition": partition,
        "data": {"account_uid": account},
    }


def _evidence(hop: Hop, finding: Finding) -> Json:
    """One hop: the session that it made. Key ids are names; no secret key and no token is known to hopstop."""
    return {
        "name": clean(hop.role_arn, 300),
        "verdict_id": 0,
        "data": {
            "origin": clean(finding.origin.arn or finding.origin.key, 300),
            "session_name": clean(hop.session_name, 64),
            "source_identity": clean(hop.source_identity or "", 64),
            "access_key_id": clean(hop.access_key_id or "", 40),
            "source_ip": clean(hop.source_ip or "", 64),
            "region": clean(hop.region or "", 40),
            "time": _ms(hop.time),
            "records": list(hop.records[:10]),
        },
    }


def _ours(note: SiemNote) -> Json:
    """What OCSF has no field for."""
    return {
        "case": note.case,
        "run": note.run,
        "state": note.state,
        "playbook": note.finding.playbook,
        "hops": note.finding.hops,
        "origin": clean(note.finding.origin.arn or note.finding.origin.key, 300),
        "source_accounts": list(note.finding.source_accounts[:60]),
        "target_accounts": list(note.finding.target_accounts[:60]),
        "decided": clean(note.decided, 200),
        "contained": [clean(arn, 300) for arn in note.contained],
        "ticket": note.ticket,
    }


def _words(text: str) -> str:
    """Words with code spans, for readers that show no markup."""
    return clean(text.replace("`", ""), 1500)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
