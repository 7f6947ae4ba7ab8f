"""GuardDuty's findings about the people and machines of the world."""

from datetime import UTC, datetime

from tests.detectors.world import Actor, Json

TYPE = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"


def finding(who: Actor, at: datetime, told: datetime | None = None, **fields: object) -> Json:
    """GuardDuty's finding about somebody, as EventBridge carries it."""
    kind = "AssumedRole" if who.session else "IAMUser"
    key = {"principalId": who.id, "userName": who.name, "userType": kind, "accessKeyId": who.identity["accessKeyId"]}
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    detail = {
        "schemaVersion": "2.0",
        "accountId": who.account,
        "region": "eu-central-1",
        "id": f"f-{who.name}",
        "type": TYPE,
        "resource": {"resourceType": "AccessKey", "accessKeyDetails": key},
        "service": {"serviceName": "guardduty", "eventLastSeen": stamp, "additionalInfo": {"value": "{}"}},
        "severity": 8,
        "updatedAt": (told or at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "title": "said by <attackers>",
    }
    return {
        "version": "0",
        "id": "e",
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "account": who.account,
        "time": stamp,
        "detail": detail | fields,
    }
