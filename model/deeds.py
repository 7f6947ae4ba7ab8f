"""Calls that attackers need and most identities never make: what kind each is, and how much its first time says.

CloudTrail gives Lambda's calls a date behind their name (`UpdateFunctionCode20150331v2`); both spellings are known.
"""

from enum import Enum
from typing import NamedTuple

from model.assumption import ApiCall
from model.spans import mark

GUARDDUTY = "guardduty.amazonaws.com"
FINDING = "GuardDutyFinding"
"""The name of a GuardDuty finding among calls (model/guardduty.py)."""


class Grade(Enum):
    """How much the first time of a call says.

    GRAVE makes credentials or trust that outlast the session, HEAVY rights, GIVING shares data with others, COMMON is
    many people's work and few machines', FAINT nearly everybody's. Of the watch's own: BLIND stops a record of what
    happens, DIM a smaller one, FILTER narrows, CHANGE may do either, and AIMED matters only for the watch's own things.
    """

    GRAVE = "grave"
    HEAVY = "heavy"
    GIVING = "giving"
    COMMON = "common"
    FAINT = "faint"
    BLIND = "blind"
    DIM = "dim"
    FILTER = "filter"
    CHANGE = "change"
    AIMED = "aimed"


class Deed(NamedTuple):
    """One call: its name as IAM has it (`iam:CreateUser`), its family, its grade, whether floors hold for it."""

    name: str
    family: str
    grade: Grade
    worst: bool = False


USERS, ROLES, TRUST, PORTAL = "users and their keys", "roles and policies", "who is trusted", "Identity Center"
ORGANISATION, CODE, REMOTE = "the organisation", "code that runs as somebody else", "commands on machines"
SHARING, TOKENS, SECRETS, BUS, WATCH = "sharing data", "federation", "secrets in bulk", "event buses", "the watch"
IDENTITIES = frozenset((USERS, ROLES, TRUST, PORTAL))
"""Families of which who works with one sooner or later works with another."""

_TABLE: tuple[tuple[str, Grade, str, str], ...] = (
    (USERS, Grade.GRAVE, "iam", "CreateUser CreateAccessKey CreateLoginProfile UpdateLoginProfile UploadSSHPublicKey"),
    (USERS, Grade.GRAVE, "iam", "CreateServiceSpecificCredential ResetServiceSpecificCredential DeactivateMFADevice"),
    (USERS, Grade.GRAVE, "iam", "UploadSigningCertificate"),
    (USERS, Grade.HEAVY, "iam", "AddUserToGroup AttachUserPolicy PutUserPolicy AttachGroupPolicy PutGroupPolicy"),
    (USERS, Grade.HEAVY, "iam", "DeleteUserPermissionsBoundary UpdateAccessKey"),
    (ROLES, Grade.GRAVE, "iam", "UpdateAssumeRolePolicy"),
    (ROLES, Grade.HEAVY, "iam", "CreateRole AttachRolePolicy PutRolePolicy CreatePolicy CreatePolicyVersion"),
    (ROLES, Grade.HEAVY, "iam", "SetDefaultPolicyVersion DeleteRolePermissionsBoundary AddRoleToInstanceProfile"),
    (TRUST, Grade.GRAVE, "iam", "CreateSAMLProvider UpdateSAMLProvider CreateOpenIDConnectProvider"),
    (TRUST, Grade.GRAVE, "iam", "AddClientIDToOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint"),
    (TRUST, Grade.GRAVE, "rolesanywhere", "CreateTrustAnchor UpdateTrustAnchor EnableTrustAnchor CreateProfile"),
    (TRUST, Grade.GRAVE, "sso", "CreateTrustedTokenIssuer UpdateTrustedTokenIssuer AssociateDirectory"),
    (TRUST, Grade.GRAVE, "sso-directory", "CreateExternalIdPConfigurationForDirectory AddExternalIdPCertificate"),
    (PORTAL, Grade.HEAVY, "sso", "CreateAccountAssignment CreatePermissionSet AttachManagedPolicyToPermissionSet"),
    (PORTAL, Grade.HEAVY, "sso", "AttachCustomerManagedPolicyReferenceToPermissionSet"),
    (PORTAL, Grade.HEAVY, "sso", "PutInlinePolicyToPermissionSet DeletePermissionsBoundaryFromPermissionSet"),
    (PORTAL, Grade.HEAVY, "sso-directory", "CreateUser AddMemberToGroup UpdatePassword"),
    (PORTAL, Grade.HEAVY, "identitystore", "CreateUser CreateGroupMembership"),
    (ORGANISATION, Grade.GIVING, "organizations", "InviteAccountToOrganization RegisterDelegatedAdministrator"),
    (ORGANISATION, Grade.GIVING, "organizations", "EnableAWSServiceAccess PutResourcePolicy"),
    (ORGANISATION, Grade.COMMON, "organizations", "CreateAccount MoveAccount"),
    (CODE, Grade.COMMON, "lambda", "CreateFunction UpdateFunctionCode UpdateFunctionConfiguration AddPermission"),
    (CODE, Grade.COMMON, "lambda", "PublishLayerVersion AddLayerVersionPermission CreateEventSourceMapping"),
    (CODE, Grade.COMMON, "cloudformation", "CreateStack UpdateStack ExecuteChangeSet CreateStackInstances"),
    (CODE, Grade.COMMON, "codebuild", "CreateProject UpdateProject StartBuild"),
    (CODE, Grade.COMMON, "ec2", "RunInstances ModifyInstanceAttribute AssociateIamInstanceProfile"),
    (CODE, Grade.COMMON, "ec2", "ReplaceIamInstanceProfileAssociation"),
    (CODE, Grade.FAINT, "lambda", "Invoke"),
    (BUS, Grade.GIVING, "events", "PutPermission"),
    (BUS, Grade.FAINT, "events", "PutEvents PutRule PutTargets"),
    (REMOTE, Grade.COMMON, "ssm", "SendCommand StartSession CreateAssociation"),
    (REMOTE, Grade.COMMON, "ec2-instance-connect", "SendSSHPublicKey SendSerialConsoleSSHPublicKey"),
    (REMOTE, Grade.COMMON, "ec2", "GetPasswordData"),
    (REMOTE, Grade.FAINT, "ec2", "CreateKeyPair ImportKeyPair"),
    (SHARING, Grade.GIVING, "ec2", "ModifySnapshotAttribute ModifyImageAttribute CreateInstanceExportTask"),
    (SHARING, Grade.GIVING, "rds", "ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute StartExportTask"),
    (SHARING, Grade.GIVING, "ssm", "ModifyDocumentPermission"),
    (SHARING, Grade.COMMON, "s3", "PutBucketPolicy PutBucketAcl PutBucketReplication PutAccountPublicAccessBlock"),
    (SHARING, Grade.COMMON, "kms", "PutKeyPolicy"),
    (SHARING, Grade.COMMON, "secretsmanager", "PutResourcePolicy"),
    (SHARING, Grade.COMMON, "ram", "CreateResourceShare AssociateResourceShare"),
    (SHARING, Grade.FAINT, "kms", "CreateGrant"),
    (TOKENS, Grade.GIVING, "sts", "GetFederationToken"),
    (SECRETS, Grade.GIVING, "secretsmanager", "BatchGetSecretValue"),
    (WATCH, Grade.BLIND, "cloudtrail", "StopLogging DeleteTrail DeleteEventDataStore StopEventDataStoreIngestion"),
    (WATCH, Grade.CHANGE, "cloudtrail", "UpdateTrail PutEventSelectors"),
    (WATCH, Grade.FILTER, "cloudtrail", "DeregisterOrganizationDelegatedAdmin"),
    (WATCH, Grade.BLIND, "guardduty", "DeleteDetector StopMonitoringMembers DisassociateMembers DeleteMembers"),
    (WATCH, Grade.BLIND, "guardduty", "DisassociateFromMasterAccount DisassociateFromAdministratorAccount"),
    (WATCH, Grade.BLIND, "guardduty", "DisableOrganizationAdminAccount"),
    (WATCH, Grade.CHANGE, "guardduty", "UpdateDetector"),
    (WATCH, Grade.FILTER, "guardduty", "CreateFilter CreateIPSet UpdateIPSet DeletePublishingDestination"),
    (WATCH, Grade.BLIND, "config", "StopConfigurationRecorder DeleteConfigurationRecorder DeleteDeliveryChannel"),
    (WATCH, Grade.BLIND, "securityhub", "DisableSecurityHub DisableOrganizationAdminAccount"),
    (WATCH, Grade.BLIND, "securityhub", "DisassociateFromMasterAccount DisassociateFromAdministratorAccount"),
    (WATCH, Grade.FILTER, "securityhub", "BatchDisableStandards DeleteMembers DisassociateMembers"),
    (WATCH, Grade.BLIND, "organizations", "LeaveOrganization"),
    (WATCH, Grade.FILTER, "organizations", "DetachPolicy DisablePolicyType DisableAWSServiceAccess"),
    (WATCH, Grade.DIM, "access-analyzer", "DeleteAnalyzer"),
    (WATCH, Grade.DIM, "ec2", "DeleteFlowLogs"),
    (WATCH, Grade.DIM, "route53resolver", "DeleteResolverQueryLogConfig DisassociateResolverQueryLogConfig"),
    (WATCH, Grade.AIMED, "events", "DisableRule DeleteRule RemoveTargets DeleteEventBus RemovePermission"),
    (WATCH, Grade.AIMED, "sqs", "PurgeQueue DeleteQueue SetQueueAttributes AddPermission RemovePermission"),
    (WATCH, Grade.AIMED, "iam", "DeleteRolePolicy DeleteUserPolicy DeleteRole DetachRolePolicy UntagRole UntagUser"),
    (WATCH, Grade.AIMED, "iam", "PutRolePermissionsBoundary DetachUserPolicy"),
    (WATCH, Grade.AIMED, "organizations", "UpdatePolicy"),
    (WATCH, Grade.AIMED, "s3", "DeleteBucket DeleteBucketPolicy PutBucketLifecycle PutBucketLifecycleConfiguration"),
)
_WORST = frozenset(("CreateUser", "CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile"))
_DATES = ("20141111", "20150331", "20150331v2", "20181031")
_READS = (
    ("secretsmanager", "GetSecretValue BatchGetSecretValue"),
    ("ssm", "GetParameter GetParameters GetParametersByPath GetParameterHistory"),
)


def _deeds() -> dict[str, dict[str, Deed]]:
    found: dict[str, dict[str, Deed]] = {}
    for family, grade, service, names in _TABLE:
        known = found.setdefault(f"{service}.amazonaws.com", {})
        for name in names.split():
            deed = Deed(f"{service}:{name}", family, grade, service == "iam" and name in _WORST)
            known.update(dict.fromkeys((name, *(name + date for date in _dates(service))), deed))
    return found


def _dates(service: str) -> tuple[str, ...]:
    return _DATES if service == "lambda" else ()


DEEDS = _deeds()
"""By source (`iam.amazonaws.com`), then by the record's name."""
READS = {f"{service}.amazonaws.com": frozenset(names.split()) for service, names in _READS}
"""Calls that read secrets: ordinary one by one."""
FAMILIES = {deed.name: deed.family for deeds in DEEDS.values() for deed in deeds.values()}
"""The family of each call, by its name."""
TOLD = {source: frozenset(DEEDS.get(source, {})) | READS.get(source, frozenset()) for source in (*DEEDS, *READS)}
"""Calls of which it is kept what they acted on."""
_TRIED = "!"


def deed_of(call: ApiCall) -> Deed | None:
    """What kind of dangerous call it is; None for an ordinary one."""
    known = DEEDS.get(call.source)
    return known.get(call.name) if known is not None else None


def is_read(call: ApiCall) -> bool:
    """Whether it reads secrets."""
    known = READS.get(call.source)
    return known is not None and call.name in known


def habit_name(deed: Deed, error: str | None) -> str:
    """As what a baseline remembers it: what failed is a thing of its own, and excuses no success."""
    return deed.name + _TRIED if error else deed.name


_MARKS = {mark(name): family for name, family in FAMILIES.items() if family is not WATCH}


def family_of(habit: int) -> str | None:
    """The family of a remembered call (the mark of its name); None where it was only tried, or is the watch's."""
    return _MARKS.get(habit)
