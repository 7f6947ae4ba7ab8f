"""The laptop attack as findings: ana, then three roles in three accounts."""

from datetime import timedelta
from typing import Protocol

from model.anomaly import Anomaly
from model.confidence import Confidence, Severity
from model.containment_origins import Prepared
from model.finding import Finding
from model.identities import role_session
from model.identity import Identity, Kind
from model.lineage import Hop, Lineage
from tests.workflows.fakes import T0, PaperIam

USER = "arn:aws:iam::111111111111:user/ana"
ROLES = (
    "arn:aws:iam::111111111111:role/ci/ci-build",
    "arn:aws:iam::222222222222:role/deploy",
    "arn:aws:iam::333333333333:role/prod-data",
)
IDS = ("AROAEXAMPLECIBUILD", "AROAEXAMPLEDEPLOY", "AROAEXAMPLEPRODDATA")
ORIGIN = Identity(
    key=f"user:{USER}:AIDAEXAMPLEANA",
    kind=Kind.USER,
    arn=USER,
    account="111111111111",
    unique_id="AIDAEXAMPLEANA",
    person="ana",
)


def iam() -> PaperIam:
    """The accounts as they are before anything is done."""
    world = PaperIam()
    world.add(USER, "AIDAEXAMPLEANA", (("AKIAEXAMPLE1", True), ("AKIAEXAMPLE2", False)))
    for arn, unique_id in zip(ROLES, IDS, strict=True):
        world.add(arn, unique_id)
    return world


def hop(number: int) -> Hop:
    """The hop of that number, from 1."""
    arn = ROLES[number - 1]
    return Hop(
        role_arn=arn,
        account=arn.split(":")[4],
        role_id=IDS[number - 1],
        session_name="build-7",
        access_key_id=f"ASIAEXAMPLE{number}",
        time=T0 + timedelta(seconds=20 * number),
        records=(f"r{number}",),
    )


def finding(hops: int = 3, confidence: Confidence = Confidence.HIGH) -> Finding:
    """What the detectors say after that many hops."""
    high = confidence is Confidence.HIGH
    detectors = ("chain", "composite", "new_pair", "off_hours") if high else ("new_pair",)
    last = T0 + timedelta(seconds=20 * hops)
    return Finding(
        uid="f-laptop",
        time=T0,
        last_time=last,
        detected=last,
        origin=ORIGIN,
        principal=USER,
        confidence=confidence,
        severity=Severity.CRITICAL if high else Severity.MEDIUM,
        detectors=detectors,
        techniques=("T1078.004",),
        source_accounts=("111111111111",),
        target_accounts=tuple(arn.split(":")[4] for arn in ROLES[:hops]),
        roles=ROLES[:hops],
        hops=hops,
        records=tuple(f"r{n}" for n in range(1, hops + 1)),
        message=f"`ana` went through {hops} roles in {20 * hops} s at an hour it never kept.",
        playbook="suspend_credentials" if high else "record_only",
        anomalies=(
            Anomaly(
                detector="new_pair",
                time=T0,
                confidence=Confidence.MEDIUM,
                observed="never",
                expected=None,
                threshold=30,
                window=None,
                message="`ana` never assumed `prod-data`.",
                records=("r1",),
            ),
        ),
        lineages=(Lineage(origin=ORIGIN, hops=tuple(hop(n) for n in range(1, hops + 1))),),
    )


def page() -> dict[str, object]:
    """IAM beyond the chain, as account authorization details: its last role comes to two more accounts."""
    further = [f"arn:aws:iam::{account}:role/data" for account in ("444444444444", "555555555555")]
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    last = {"Arn": ROLES[-1], "AssumeRolePolicyDocument": "{}", "RolePolicyList": [{"PolicyDocument": _policy(allow)}]}
    trust = {"Effect": "Allow", "Principal": {"AWS": ROLES[-1]}, "Action": "sts:AssumeRole"}
    others = [{"Arn": arn, "AssumeRolePolicyDocument": _policy(trust), "RolePolicyList": []} for arn in further]
    return {"RoleDetailList": [last, *others]}


def _policy(statement: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [statement]}


SAML = (
    '{"Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:saml-provider/okta"},'
    '"Action":"sts:AssumeRoleWithSAML"}]}'
)


def again() -> Finding:
    """The last role's session minted once more, under another name."""
    known = finding()
    minted = hop(3).model_copy(
        update={"session_name": "again", "access_key_id": "ASIAEXAMPLE9", "time": T0 + timedelta(seconds=90)}
    )
    line = known.lineages[0].model_copy(update={"hops": (*known.lineages[0].hops[:2], minted)})
    return known.model_copy(update={"uid": "f-again", "lineages": (line,)})


def entered(world: "HasIam") -> Finding:
    """The chain as it is where somebody comes into its first role by SAML."""
    world.iam.principals[ROLES[0]] = world.iam.principals[ROLES[0]].model_copy(update={"trust": SAML})
    known = finding()
    first = known.lineages[0].hops[0]
    origin = ORIGIN.model_copy(
        update={"kind": Kind.ROLE, "arn": ROLES[0], "unique_id": IDS[0], "session_name": first.session_name}
    )
    line = known.lineages[0].model_copy(update={"origin": origin, "hops": known.lineages[0].hops[1:]})
    return known.model_copy(update={"lineages": (line,), "origin": origin})


SCP = "arn:aws:organizations::999999999999:policy/o-abcdefghij/service_control_policy/p-{}"
PREPARED = Prepared(quarantine=SCP.format("quarant1"), people=SCP.format("people01"))
PERSON = "11111111-2222-3333-4444-555555555555"


def from_root() -> Finding:
    """The chain as it is where the root user of the first account began it."""
    arn = "arn:aws:iam::111111111111:root"
    return begun_by(Identity(key="root:111111111111", kind=Kind.ROOT, arn=arn, account="111111111111"))


def from_portal() -> Finding:
    """The chain as it is where a person of Identity Center began it."""
    arn = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
    return begun_by(
        Identity(
            key="role:111111111111:AROAEXAMPLESSO:bo", kind=Kind.ROLE, arn=arn, account="111111111111",
            unique_id="AROAEXAMPLESSO", session_name="bo@example.com", person="bo@example.com", store_user=PERSON,
        )
    )  # fmt: skip


def begun_by(origin: Identity) -> Finding:
    """The attack with another origin."""
    known = finding()
    line = known.lineages[0].model_copy(update={"origin": origin})
    return known.model_copy(update={"lineages": (line,), "origin": origin, "principal": origin.arn})


def rootless() -> Finding:
    """The chain as it seems while its first hop is not yet seen: it begins with that hop's session."""
    known, first = finding(), hop(1)
    origin = role_session(first.role_arn, first.role_id, first.session_name)
    line = known.lineages[0].model_copy(update={"origin": origin, "hops": known.lineages[0].hops[1:]})
    return known.model_copy(
        update={"uid": "f-rootless", "lineages": (line,), "origin": origin, "principal": origin.arn, "hops": 2}
    )


class HasIam(Protocol):
    """A world with an IAM on paper."""

    iam: PaperIam
