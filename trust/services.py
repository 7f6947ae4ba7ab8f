"""AWS services as callers of AssumeRole: which of them say for whom they act.

A service that acts for resources of many customers passes `aws:SourceAccount` and `aws:SourceArn` along, so that a
trust policy can tell its own from others'. Which do is in each service's page on the confused deputy. Every service
asks for iam:PassRole when it is given a role, which already binds the role to its own account.
"""

PASSING = frozenset(
    (
        *("access-analyzer", "amplify", "apigateway", "appflow", "apprunner", "appsync", "athena", "backup", "batch"),
        *("bedrock", "braket", "chatbot", "cloudformation", "cloudtrail", "codebuild", "codepipeline", "codestar"),
        *("cognito-idp", "comprehend", "config", "connect", "databrew", "datasync", "delivery.logs", "dlm", "dms"),
        *("ecs-tasks", "events", "firehose", "fis", "forecast", "gamelift", "glue", "grafana", "imagebuilder"),
        *("inspector", "iot", "iotevents", "iotsitewise", "kendra", "kinesisanalytics", "lexv2", "lookoutmetrics"),
        *("logs", "mediaconvert", "medialive", "mobilehub", "monitoring.rds", "omics", "personalize", "pipes"),
        *("polly", "q.apps", "qbusiness", "quicksight", "rekognition", "replication.dynamodb", "rolesanywhere", "s3"),
        *(
            "batchoperations.s3",
            "sagemaker",
            "scheduler",
            "securitylake",
            "ses",
            "sns",
            "ssm",
            "states",
            "storagegateway",
        ),
        *("timestream", "transcribe", "transfer", "translate", "vmie", "vpc-flow-logs", "wellarchitected"),
    )
)
"""Names before `.amazonaws.com`."""
NOT_PASSING = frozenset(("ec2", "edgelambda", "eks", "eks-fargate-pods", "elasticmapreduce", "lambda", "spotfleet"))
"""They assume the role for a resource in its own account, and pass nothing."""


def passes_source(service: str) -> bool | None:
    """Whether the service passes its source along; None where that is not known."""
    name = _short(service)
    return True if name in PASSING else False if name in NOT_PASSING else None


def _short(service: str) -> str:
    name = service.lower().split(".amazonaws.", 1)[0]
    head, _, region = name.rpartition(".")
    is_region = head and region.count("-") >= 2 and region[-1:].isdigit()
    return head if is_region else name
