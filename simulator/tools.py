"""What people and programs call themselves, and what they call: by trade."""

from simulator.chance import Chance

CONSOLE_AGENT = "AWS Internal"
SIGN_IN_AGENT = "aws-internal/3 aws-sdk-java/1.12.788 Linux/5.10.240 OpenJDK_64-Bit_Server_VM/17.0.16 vendor/Amazon"
GITHUB = "token.actions.githubusercontent.com"

_CLIS = (
    "aws-cli/2.{}.{} md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.7 md/installer#exe",
    "aws-cli/2.{}.{} md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0-79 md/arch#x86_64 lang/python#3.13.7 md/installer#exe",
    "aws-cli/2.{}.{} md/awscrt#0.26.1 ua/2.1 os/windows#11 md/arch#amd64 lang/python#3.13.4 md/installer#exe",
)
_BROWSERS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Safari/{}.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
)
_SDKS = {
    "boto": "Boto3/1.40.{} md/Botocore#1.40.{} ua/2.1 os/linux#6.12 md/arch#x86_64 lang/python#3.13.7 Botocore/1.40",
    "lambda": "Boto3/1.40.{} md/Botocore#1.40.{} os/linux#5.10 lang/python#3.13.7 exec-env/AWS_Lambda_python",
    "go": "aws-sdk-go-v2/1.39.{} ua/2.1 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#amd64 api/sts#1.38.{}",
    "java": "aws-sdk-java/2.34.{} md/io#sync md/http#Apache ua/2.1 os/Linux#6.1 lang/java#21.0.8 md/vendor#Amazon.{}",
    "js": "aws-sdk-js/3.89{}.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#22.19.{} api/sts#3.890.0",
    "terraform": "APN/1.0 HashiCorp/1.0 Terraform/1.13.{} (+https://www.terraform.io) terraform-provider-aws/6.1{}.0",
    "github": "configure-aws-credentials-for-github-actions aws-sdk-js/3.89{}.0 os/linux#6.11 md/nodejs#20.19.{}",
    "scanner": "Boto3/1.38.{} md/Botocore#1.38.{} ua/2.1 os/linux#6.1 lang/python#3.12.11 cloud-posture/7",
}

TRADES: dict[str, tuple[str, ...]] = {
    "developer": (
        "ec2:DescribeInstances",
        "logs:DescribeLogGroups",
        "logs:FilterLogEvents",
        "logs:StartQuery",
        "lambda:ListFunctions20150331",
        "lambda:GetFunction20150331v2",
        "lambda:UpdateFunctionCode20150331v2",
        "cloudformation:DescribeStacks",
        "ecs:DescribeServices",
        "ecs:UpdateService",
        "dynamodb:DescribeTable",
        "sqs:GetQueueAttributes",
        "monitoring:DescribeAlarms",
        "ssm:GetParameters",
        "secretsmanager:GetSecretValue",
        "iam:ListRoles",
    ),
    "platform": (
        "ec2:DescribeVpcs",
        "ec2:CreateTags",
        "ec2:AuthorizeSecurityGroupIngress",
        "iam:GetRole",
        "iam:ListRoles",
        "iam:ListAttachedRolePolicies",
        "eks:DescribeCluster",
        "route53:ListResourceRecordSets",
        "organizations:ListAccounts",
        "cloudtrail:DescribeTrails",
        "s3:GetBucketPolicy",
        "s3:PutBucketPolicy",
        "kms:DescribeKey",
        "config:DescribeConfigRules",
    ),
    "analyst": (
        "athena:StartQueryExecution",
        "athena:GetQueryResults",
        "glue:GetTables",
        "glue:GetDatabases",
        "s3:ListBuckets",
        "redshift-data:ExecuteStatement",
        "quicksight:ListDashboards",
    ),
    "security": (
        "guardduty:ListFindings",
        "guardduty:GetFindings",
        "cloudtrail:LookupEvents",
        "iam:GenerateCredentialReport",
        "iam:GetCredentialReport",
        "iam:ListUsers",
        "iam:ListAccessKeys",
        "config:DescribeComplianceByConfigRule",
        "securityhub:GetFindings",
        "access-analyzer:ListFindings",
    ),
    "support": ("support:DescribeCases", "ec2:DescribeInstances", "monitoring:GetMetricData", "logs:FilterLogEvents"),
    "finance": ("ce:GetCostAndUsage", "ce:GetCostForecast", "budgets:DescribeBudgets", "cur:DescribeReportDefinitions"),
    "reader": ("ec2:DescribeInstances", "monitoring:DescribeAlarms", "logs:GetLogEvents", "ecs:ListTasks"),
    "deploy": (
        "cloudformation:DescribeStacks",
        "cloudformation:CreateChangeSet",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:DescribeStackEvents",
        "lambda:UpdateFunctionCode20150331v2",
        "ecs:RegisterTaskDefinition",
        "ecs:UpdateService",
    ),
    "build": ("ecr:GetAuthorizationToken", "ecr:PutImage", "codebuild:BatchGetBuilds", "s3:GetBucketLocation"),
    "terraform": (
        "iam:GetRole",
        "iam:ListAttachedRolePolicies",
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "s3:GetBucketPolicy",
        "kms:DescribeKey",
        "ec2:CreateTags",
    ),
    "scan": (
        "iam:ListRoles",
        "iam:ListUsers",
        "iam:GetAccountSummary",
        "ec2:DescribeInstances",
        "ec2:DescribeSecurityGroups",
        "s3:ListBuckets",
        "s3:GetBucketPolicy",
        "kms:ListKeys",
        "rds:DescribeDBInstances",
        "cloudtrail:DescribeTrails",
        "lambda:ListFunctions20150331",
    ),
    "monitor": (
        "monitoring:GetMetricData",
        "monitoring:ListMetrics",
        "ec2:DescribeInstances",
        "rds:DescribeDBInstances",
    ),
    "data": ("glue:GetTables", "glue:GetPartitions", "athena:StartQueryExecution", "s3:GetBucketLocation"),
    "service": (
        "dynamodb:DescribeTable",
        "sqs:GetQueueUrl",
        "ssm:GetParameters",
        "kms:Decrypt",
        "secretsmanager:GetSecretValue",
    ),
    "node": ("ssm:UpdateInstanceInformation", "ec2:DescribeTags", "ecr:GetAuthorizationToken", "logs:CreateLogStream"),
    "config": ("ssm:GetParametersByPath", "secretsmanager:GetSecretValue", "appconfig:GetLatestConfiguration"),
}
"""`service:Name` by what somebody is there for."""

RARE: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "developer": (
        ("sqs:PurgeQueue", {"queueUrl": "https://sqs.eu-central-1.amazonaws.com/orders-dev"}),
        ("events:DisableRule", {"name": "nightly-import"}),
        ("lambda:AddPermission20150331v2", {"functionName": "webhooks", "principal": "apigateway.amazonaws.com"}),
        ("iam:PutRolePolicy", {"roleName": "app-webhooks", "policyName": "read-table"}),
        ("lambda:CreateFunction20150331", {"functionName": "try-out"}),
    ),
    "platform": (
        ("iam:CreateRole", {"roleName": "app-importer"}),
        ("iam:PutRolePolicy", {"roleName": "app-importer", "policyName": "read"}),
        ("iam:UpdateAssumeRolePolicy", {"roleName": "app-importer"}),
        ("iam:DeleteRolePolicy", {"roleName": "app-old", "policyName": "read"}),
        ("iam:CreateUser", {"userName": "smtp-relay"}),
        ("events:PutRule", {"name": "weekly-cleanup"}),
        ("logs:DeleteLogGroup", {"logGroupName": "/aws/lambda/old"}),
        ("ec2:ModifySnapshotAttribute", {"snapshotId": "snap-0aa11bb22cc33dd44"}),
        ("kms:PutKeyPolicy", {"keyId": "alias/app"}),
    ),
    "security": (
        ("guardduty:UpdateFindingsFeedback", {"feedback": "NOT_USEFUL"}),
        ("config:PutConfigRule", {"configRuleName": "required-tags"}),
        ("iam:UpdateAccessKey", {"userName": "legacy-batch", "status": "Inactive"}),
    ),
    "analyst": (("athena:CreateNamedQuery", {"name": "weekly"}), ("glue:CreateTable", {"databaseName": "scratch"})),
}
"""What the same people do only now and then, and on what."""


def cli(chance: Chance) -> str:
    """One person's command line."""
    return chance.choice(_CLIS).format(31 - chance.getrandbits(2), chance.randrange(20))


def browser(chance: Chance) -> str:
    """One person's browser."""
    return chance.choice(_BROWSERS).format(140 - chance.getrandbits(2))


def sdk(kind: str, chance: Chance) -> str:
    """One program's library: boto, lambda, go, java, js, terraform, github or scanner."""
    return _SDKS[kind].format(chance.randrange(10), chance.randrange(10))
