"""Which records the watch judges: the one table behind the EventBridge rules and the reading of log files.

Everything else that identities do is ordinary traffic to the watch. Services' own calls are never judged.
"""

from typing import Any

from model.cloudtrail import CloudTrailRecord

_CALLS = {
    # Who becomes whom, and who signs in.
    "sts": "AssumeRole AssumeRoot GetSessionToken GetFederationToken",
    "signin": "",
    "sso": "",
    "sso-directory": "",
    "identitystore": "",
    # Persistence, and every door that opens another.
    "iam": "Add Attach Change Create Deactivate Delete Detach Disable Enable Put Remove Reset Resync Set Tag Untag"
    " Update Upload",
    "organizations": "Accept Attach Create Delete Deregister Detach Disable Enable Invite Leave Move Put Register"
    " Remove Update",
    "rolesanywhere": "Create Enable Update",
    "account": "Accept Delete Disable Enable Put Start",
    "ram": "Accept Associate Create Enable",
    "lambda": "AddLayerVersionPermission AddPermission CreateEventSource CreateFunction Invoke PublishLayerVersion"
    " UpdateFunction",
    "ec2": "AssociateIamInstanceProfile AuthorizeSecurityGroupIngress CreateInstanceExportTask CreateKeyPair"
    " DeleteFlowLogs GetPasswordData ImportKeyPair ModifyImageAttribute ModifyInstanceAttribute ModifySnapshotAttribute"
    " ReplaceIamInstanceProfileAssociation RunInstances",
    "ec2-instance-connect": "Send",
    "rds": "ModifyDBClusterSnapshotAttribute ModifyDBSnapshotAttribute StartExportTask",
    "ssm": "CreateAssociation GetParameter ModifyDocumentPermission SendCommand StartSession",
    "secretsmanager": "BatchGetSecretValue GetSecretValue PutResourcePolicy",
    "cloudformation": "CreateStack ExecuteChangeSet UpdateStack",
    "codebuild": "CreateProject StartBuild UpdateProject",
    # The watch itself, and what else keeps a record.
    "cloudtrail": "Delete Deregister PutEventSelectors PutInsightSelectors RemoveTags Stop Update",
    "events": "Deauthorize Delete Disable Put Remove Update",
    "sqs": "AddPermission DeleteQueue PurgeQueue RemovePermission SetQueueAttributes",
    "s3": "DeleteBucket PutAccountPublicAccessBlock PutBucketAcl PutBucketLifecycle PutBucketLogging PutBucketPolicy"
    " PutBucketPublicAccessBlock PutBucketReplication PutBucketVersioning",
    "kms": "CreateGrant DisableKey PutKeyPolicy ScheduleKeyDeletion",
    "guardduty": "CreateFilter CreateIPSet Delete Disable Disassociate Stop Update",
    "config": "Delete Stop",
    "securityhub": "BatchDisable Delete Disable Disassociate Update",
    "access-analyzer": "Delete Update",
    "route53resolver": "DeleteResolverQueryLog DisassociateResolverQueryLog",
}
WANTED = {f"{service}.amazonaws.com": tuple(names.split()) for service, names in _CALLS.items()}
"""Sources of calls, and how the names of their calls begin; none is every call of the source."""


def wanted(record: CloudTrailRecord) -> bool:
    """Whether the watch judges this record."""
    beginnings = WANTED.get(record.event_source)
    if beginnings is None or (beginnings and not record.event_name.startswith(beginnings)):
        return False
    who = record.user_identity
    return who is None or who.type != "AWSService"


def event_pattern() -> dict[str, Any]:
    """The EventBridge event pattern that lets the same records through; longer than one rule takes by default (2,048
    characters), so rules share it out by the entries of `$or`."""
    each = [_part(source, beginnings) for source, beginnings in WANTED.items()]
    return {
        "source": [{"prefix": "aws."}],
        "detail": {"userIdentity": {"type": [{"anything-but": "AWSService"}, {"exists": False}]}, "$or": each},
    }


def _part(source: str, beginnings: tuple[str, ...]) -> dict[str, Any]:
    names = {"eventName": [{"prefix": beginning} for beginning in beginnings]} if beginnings else {}
    return {"eventSource": [source], **names}
