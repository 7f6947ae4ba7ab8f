"""Trust policies that are easily misjudged, with the answer: can somebody outside assume the role?

The role lives in 111111111111, which with 222222222222 makes up the organisation o-ours123456. True, False, or None
where it cannot be decided from the policy.
"""

from tests.trust.policies import FRIEND, ORG, ROLE, STRANGER, allow, deny, role, root, session, user

OPEN = allow("*")
ORG_ID, ORG_PATHS = "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"
ACCOUNT, ARN = "aws:PrincipalAccount", "aws:PrincipalArn"
EXTERNAL, NAME = "sts:ExternalId", "sts:RoleSessionName"
MFA, IP = "aws:MultiFactorAuthPresent", "aws:SourceIp"
WEB, SAML = "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"


def star(operator, key, value, **more):
    return [allow("*", {operator: {key: value}}, **more)]


def open_but(operator, key, value):
    """Open to all but whom the Deny means."""
    return [OPEN, deny("*", {operator: {key: value}})]


def provider(host, account=ROLE, partition="aws"):
    return {"Federated": f"arn:{partition}:iam::{account}:oidc-provider/{host}"}


def oidc(host, condition=None, named=None):
    return [allow(named or provider(host), condition, WEB)]


GITHUB = "token.actions.githubusercontent.com"
SUB, AUD = f"{GITHUB}:sub", f"{GITHUB}:aud"


def github(operator, sub, **more):
    tests = {operator: {SUB: sub}, **more}
    tests["StringEquals"] = {AUD: "sts.amazonaws.com", **tests.get("StringEquals", {})}
    return oidc(GITHUB, tests)


IDENTITY = [
    (
        "organisation by two operators that contradict",
        [allow("*", {"StringEquals": {ORG_ID: ORG}, "StringNotEquals": {"AWS:principalorgid": ORG}})],
        False,
    ),
    ("another organisation by its id", star("StringEquals", ORG_ID, "o-other12345"), True),
    ("ours and another organisation", star("StringEquals", ORG_ID, [ORG, "o-other12345"]), True),
    ("ours in capitals never matches", star("StringEquals", ORG_ID, ORG.upper()), False),
    ("ours whatever its case", star("StringEqualsIgnoreCase", ORG_ID, ORG.upper()), False),
    ("ours by a pattern without wildcards", star("StringLike", ORG_ID, ORG), False),
    ("ours with one character open", star("StringLike", ORG_ID, "o-ours12345?"), True),
    ("any id of ten characters", star("StringLike", ORG_ID, "o-??????????"), True),
    ("no organisation id is that short", star("StringLike", ORG_ID, "o-?"), False),
    ("like with IfExists and ours", star("StringLikeIfExists", ORG_ID, ORG), True),
    ("set operator with IfExists", star("ForAnyValue:StringEqualsIfExists", ORG_ID, ORG), True),
    (
        "ForAllValues and present",
        [allow("*", {"ForAllValues:StringEquals": {ORG_ID: ORG}, "Null": {ORG_ID: "false"}})],
        False,
    ),
    ("IfExists and present", [allow("*", {"StringEqualsIfExists": {ORG_ID: ORG}, "Null": {ORG_ID: "false"}})], False),
    ("absent only", star("Null", ORG_ID, "true"), True),
    ("absent or present", star("Null", ORG_ID, ["true", "false"]), True),
    ("must be absent and ours", [allow("*", {"StringEquals": {ORG_ID: ORG}, "Null": {ORG_ID: "true"}})], False),
    ("all but one organisation", star("StringNotEquals", ORG_ID, "o-other12345"), True),
    ("not like anything", star("StringNotLike", ORG_ID, "*"), True),
    (
        "not like anything, and present",
        [allow("*", {"StringNotLike": {ORG_ID: "*"}, "Null": {ORG_ID: "false"}})],
        False,
    ),
    ("same organisation as the role", star("StringEquals", ORG_ID, "${aws:ResourceOrgID}"), False),
    ("same organisation as the role, IfExists", star("StringEqualsIfExists", ORG_ID, "${aws:ResourceOrgID}"), True),
    ("same account as the role", star("StringEquals", ACCOUNT, "${aws:ResourceAccount}"), False),
    (
        "a variable with a default that opens",
        star("StringLike", ORG_ID, "${aws:PrincipalTag/org, 'o-other12345'}"),
        True,
    ),
    ("a variable that the caller fills", star("StringEquals", ORG_ID, "${aws:PrincipalTag/org}"), True),
    ("a variable that the caller fills with its account", star("StringEquals", ACCOUNT, "${sts:ExternalId}"), True),
    ("a key that does not exist", star("StringEquals", "aws:PrincipalOrganizationId", ORG), False),
    ("a key that does not exist, negated", star("StringNotEquals", "aws:PrincipalOrganizationId", ORG), True),
    ("a key that does not exist, IfExists", star("StringEqualsIfExists", "aws:PrincipalOrganizationId", ORG), True),
    ("paths with our id", star("ForAnyValue:StringLike", ORG_PATHS, f"{ORG}/r-ab12/ou-ab12-11111111/*"), False),
    ("paths with ForAllValues", star("ForAllValues:StringLike", ORG_PATHS, f"{ORG}/*"), True),
    ("paths of any organisation", star("ForAnyValue:StringLike", ORG_PATHS, "o-*/r-ab12/*"), True),
    ("paths that begin with a wildcard and name ours", star("ForAnyValue:StringLike", ORG_PATHS, f"*{ORG}/*"), False),
    ("paths where ours may stand anywhere", star("ForAnyValue:StringLike", ORG_PATHS, "*/r-ab12/ou-*"), True),
    ("paths by equality are one unit", star("ForAnyValue:StringEquals", ORG_PATHS, f"{ORG}/r-ab12/"), False),
    ("paths, a poisoned list", star("ForAnyValue:StringLike", ORG_PATHS, [f"{ORG}/*", "*"]), True),
    ("account outside by condition", star("StringEquals", ACCOUNT, STRANGER), True),
    ("accounts of ours", star("StringEquals", ACCOUNT, [ROLE, FRIEND]), False),
    ("ours and one outside", star("StringEquals", ACCOUNT, [ROLE, STRANGER]), True),
    ("account as a number", star("NumericEquals", ACCOUNT, 222222222222), False),
    ("accounts above a number", star("NumericGreaterThan", ACCOUNT, 222222222222), True),
    ("account with one digit open", star("StringLike", ACCOUNT, "22222222222?"), True),
    ("account too long for a wildcard", star("StringLike", ACCOUNT, "222222222222*"), False),
    ("account too long by a question mark", star("StringLike", ACCOUNT, "222222222222?"), False),
    ("account literal star", star("StringEquals", ACCOUNT, "*"), False),
    ("account with IfExists is always there", star("StringEqualsIfExists", ACCOUNT, FRIEND), False),
    ("account with ForAllValues is always there", star("ForAllValues:StringEquals", ACCOUNT, FRIEND), False),
    ("all accounts but one", star("StringNotEquals", ACCOUNT, STRANGER), True),
    ("root of an account by condition is nobody who can assume", star("ArnEquals", ARN, root(FRIEND)), False),
    ("ARN of another account", star("ArnEquals", ARN, role(STRANGER)), True),
    ("ARN by string with star in it is literal", star("StringEquals", ARN, f"arn:aws:iam::{FRIEND}:role/*"), False),
    ("ARN whose role name holds our account", star("StringLike", ARN, f"*:role/{FRIEND}-*"), True),
    ("ARN ending in our account", star("StringLike", ARN, f"*{FRIEND}*"), True),
    ("ARN by string, star before our account", star("StringLike", ARN, f"arn:aws:iam::*{FRIEND}:role/x"), True),
    ("ARN by ARN operator, star before our account", star("ArnLike", ARN, f"arn:aws:iam::*{FRIEND}:role/x"), False),
    ("ARN pattern in our account", star("StringLike", ARN, f"arn:aws:iam::{FRIEND}:*"), False),
    ("ARN pattern cut after the account", star("StringLike", ARN, f"arn:aws:iam::{FRIEND}*"), False),
    ("ARN pattern cut within the account", star("StringLike", ARN, "arn:aws:iam::2222*"), True),
    ("ARN of a session is no principal ARN", star("ArnLike", ARN, f"arn:aws:sts::{STRANGER}:assumed-role/x/*"), False),
    ("ARN not like ours", star("ArnNotLike", ARN, f"arn:aws:iam::{FRIEND}:*"), True),
    ("ARN anything", star("ArnLike", ARN, "*"), True),
    ("ARN in any partition", star("ArnLike", ARN, f"arn:*:iam::{FRIEND}:role/*"), False),
    ("ARN IfExists", star("ArnLikeIfExists", ARN, f"arn:aws:iam::{FRIEND}:role/*"), False),
    (
        "ARN list with one poisoned",
        star("ArnLike", ARN, [f"arn:aws:iam::{FRIEND}:role/*", "arn:aws:iam::*:role/admin"]),
        True,
    ),
    ("kind of principal", star("StringEquals", "aws:PrincipalType", "AssumedRole"), True),
    ("anonymous callers cannot sign", star("StringEquals", "aws:PrincipalType", "Anonymous"), False),
    ("an AWS service only", star("Bool", "aws:PrincipalIsAWSService", "true"), False),
    ("no AWS service", star("Bool", "aws:PrincipalIsAWSService", "false"), True),
    ("by way of a service", star("Bool", "aws:ViaAWSService", "true"), False),
    ("a service's name", star("StringEquals", "aws:PrincipalServiceName", "ec2.amazonaws.com"), False),
    ("a service's name, IfExists", star("StringEqualsIfExists", "aws:PrincipalServiceName", "ec2.amazonaws.com"), True),
    ("session name in the unique id", star("StringLike", "aws:userid", "*:alice"), True),
    ("any role", star("StringLike", "aws:userid", "AROA*"), True),
    ("a user's whole id", star("StringEquals", "aws:userid", "AIDAEXAMPLEUSERID1234"), False),
    ("all but a user's id", star("StringNotEquals", "aws:userid", "AIDAEXAMPLEUSERID1234"), True),
    ("an account's own id is root", star("StringEquals", "aws:userid", STRANGER), False),
]

CHOSEN = [
    ("external id by pattern", star("StringLike", EXTERNAL, "cust-*"), True),
    ("external id literal star cannot be sent", star("StringEquals", EXTERNAL, "*"), False),
    ("external id too short to be sent", star("StringEquals", EXTERNAL, "x"), False),
    ("external id must be absent", star("Null", EXTERNAL, "true"), True),
    ("external id must be there", star("Null", EXTERNAL, "false"), True),
    (
        "external id impossible",
        [allow("*", {"StringEquals": {EXTERNAL: "abc"}, "StringNotEquals": {"STS:ExternalId": "abc"}})],
        False,
    ),
    (
        "external id two patterns at once",
        [allow("*", {"StringLike": {EXTERNAL: "abc*"}, "ForAnyValue:StringLike": {EXTERNAL: "*xyz"}})],
        True,
    ),
    (
        "external id two patterns that exclude each other",
        [allow("*", {"StringLike": {EXTERNAL: "abc*"}, "ForAnyValue:StringLike": {EXTERNAL: "xbc*"}})],
        False,
    ),
    (
        "external id of our own account and role",
        [allow([root(ROLE), role(FRIEND)], {"StringEquals": {EXTERNAL: "abc"}})],
        False,
    ),
    ("session name of the caller's user name", star("StringEquals", NAME, "${aws:username}"), True),
    ("session name with characters that STS refuses", star("StringEquals", NAME, "alice smith"), False),
    ("session name is never absent", star("Null", NAME, "true"), False),
    (
        "source identity",
        [allow("*", {"StringLike": {"sts:SourceIdentity": "alice*"}}, ["sts:AssumeRole", "sts:SetSourceIdentity"])],
        True,
    ),
    ("source identity that the session has", star("StringEquals", "aws:SourceIdentity", "alice"), True),
    (
        "request tag",
        [allow("*", {"StringEquals": {"aws:RequestTag/team": "x"}}, ["sts:AssumeRole", "sts:TagSession"])],
        True,
    ),
    (
        "tag keys all of a list",
        [allow("*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, ["sts:AssumeRole", "sts:TagSession"])],
        True,
    ),
    ("transitive tags", star("ForAnyValue:StringEquals", "sts:TransitiveTagKeys", "team"), True),
    ("principal tag equals a request tag", star("StringEquals", "aws:PrincipalTag/a", "${aws:RequestTag/a}"), True),
    ("principal tag equals the role's tag", star("StringEquals", "aws:PrincipalTag/a", "${aws:ResourceTag/a}"), None),
    ("the role's tag", star("StringEquals", "aws:ResourceTag/open", "yes"), None),
    ("user agent", star("StringLike", "aws:UserAgent", "*our-tool*"), True),
    ("referer", star("StringEquals", "aws:Referer", "https://ours.example"), True),
    ("no region of that name", star("StringEquals", "aws:RequestedRegion", "*"), False),
    ("not one region", star("StringNotEquals", "aws:RequestedRegion", "eu-west-1"), True),
    ("short sessions", star("NumericLessThanEquals", "sts:DurationSeconds", 3600), True),
    ("sessions shorter than there are", star("NumericLessThan", "sts:DurationSeconds", 900), False),
    ("MFA not older than an hour", star("NumericLessThan", "aws:MultiFactorAuthAge", 3600), True),
    ("MFA must be absent", star("Null", MFA, "true"), True),
    ("no MFA", star("BoolIfExists", MFA, "false"), True),
    ("MFA of a role, which has none", [allow(role(STRANGER), {"Bool": {MFA: "true"}})], False),
    ("MFA of a user outside", [allow(user(STRANGER), {"Bool": {MFA: "true"}})], True),
    ("MFA IfExists of a role", [allow(role(STRANGER), {"BoolIfExists": {MFA: "true"}})], False),
    ("MFA of a role that may be false", [allow(role(STRANGER), {"Bool": {MFA: ["true", "false"]}})], True),
    ("user name", star("StringLike", "aws:username", "admin-*"), True),
    ("user name of a role, which has none", [allow(role(STRANGER), {"StringLike": {"aws:username": "*"}})], False),
    ("unencrypted", star("Bool", "aws:SecureTransport", "false"), False),
    ("role's own account, negated", star("StringNotEquals", "aws:ResourceAccount", ROLE), False),
    ("role's other account", star("StringEquals", "aws:ResourceAccount", FRIEND), False),
    ("expired", star("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"), False),
    ("not expired yet", star("DateLessThan", "aws:CurrentTime", "2999-01-01T00:00:00Z"), True),
    ("since long", star("DateGreaterThan", "aws:EpochTime", 1577836800), True),
    ("fresh credentials", star("DateGreaterThan", "aws:TokenIssueTime", "2020-01-01T00:00:00Z"), True),
    ("a key of another service", star("StringEquals", "s3:prefix", "x"), False),
]

NETWORK = [
    ("a range as wide as a continent", star("IpAddress", IP, "52.0.0.0/7"), True),
    ("an address by itself", star("IpAddress", IP, "8.8.8.8"), False),
    (
        "many narrow ranges that make up a wide one",
        star("IpAddress", IP, [f"{a}.0.0.0/8" for a in range(64, 72)]),
        True,
    ),
    ("the whole of IPv6", star("IpAddress", IP, "::/0"), True),
    ("somebody's IPv6", star("IpAddress", IP, "2001:db8:1::/48"), False),
    ("all but the internet leaves the endpoints", star("NotIpAddress", IP, ["0.0.0.0/0", "::/0"]), True),
    (
        "all of IPv4 is left out, IPv6 remains",
        [allow("*", {"NotIpAddress": {IP: "0.0.0.0/0"}, "Null": {IP: "false"}})],
        True,
    ),
    ("ours or absent", star("IpAddressIfExists", IP, "198.51.100.0/24"), True),
    ("ours, and one open", star("IpAddress", IP, ["198.51.100.0/24", "0.0.0.0/0"]), True),
    ("address as text", star("StringLike", IP, "198.51.100.*"), False),
    ("address as any text", star("StringLike", IP, "*"), True),
    ("denied from elsewhere", open_but("NotIpAddress", IP, "198.51.100.0/24"), False),
    (
        "denied from elsewhere, but not by an endpoint",
        [OPEN, deny("*", {"NotIpAddress": {IP: "198.51.100.0/24"}, "Null": {IP: "false"}})],
        True,
    ),
    ("denied from one range", open_but("IpAddress", IP, "198.51.100.0/24"), True),
    ("any endpoint", star("StringLike", "aws:SourceVpce", "vpce-*"), True),
    ("any endpoint but ours", star("StringNotEquals", "aws:SourceVpce", "vpce-0abc123def4567890"), True),
    ("our network", star("StringEquals", "aws:SourceVpc", "vpc-0abc123"), False),
    ("our network, IfExists", star("StringEqualsIfExists", "aws:SourceVpc", "vpc-0abc123"), True),
    ("a private address in any network", star("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8"), True),
    ("an endpoint of our account", star("StringEquals", "aws:VpceAccount", FRIEND), False),
    ("an endpoint of our organisation", star("StringEquals", "aws:VpceOrgID", ORG), False),
    ("an endpoint of any organisation", star("StringLike", "aws:VpceOrgID", "o-*"), True),
]

SOURCE = [
    ("source ARN", star("ArnLike", "aws:SourceArn", "arn:aws:s3:::x"), False),
    ("source account not another's", star("StringNotEquals", "aws:SourceAccount", STRANGER), True),
    ("source account absent", star("Null", "aws:SourceAccount", "true"), True),
    ("source organisation, IfExists", star("StringEqualsIfExists", "aws:SourceOrgID", ORG), True),
    ("source organisation", star("StringEquals", "aws:SourceOrgID", ORG), False),
    ("named account and source account", [allow(STRANGER, {"StringEquals": {"aws:SourceAccount": STRANGER}})], False),
    ("service only", [allow({"Service": "lambda.amazonaws.com"})], False),
    ("services by a list", [allow({"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]})], False),
    ("service and a stranger", [allow({"Service": "ec2.amazonaws.com", "AWS": root(STRANGER)})], True),
    (
        "service and a stranger, guarded by source account",
        [allow({"Service": "ec2.amazonaws.com", "AWS": root(STRANGER)}, {"StringEquals": {"aws:SourceAccount": ROLE}})],
        False,
    ),
    ("service in China", [allow({"Service": "ec2.amazonaws.com.cn"})], False),
]

STATEMENTS = [
    ("deny by organisation, IfExists and ours", open_but("StringEqualsIfExists", ORG_ID, "o-other12345"), True),
    ("deny unless ours, by ForAnyValue: absent escapes", open_but("ForAnyValue:StringNotEquals", ORG_ID, ORG), True),
    ("deny unless ours, by ForAllValues", open_but("ForAllValues:StringNotEquals", ORG_ID, ORG), False),
    ("deny unless like ours", open_but("StringNotLike", ORG_ID, "o-ours*"), True),
    ("deny where absent only", open_but("Null", ORG_ID, "true"), True),
    (
        "deny where absent and where not ours",
        [*open_but("Null", ORG_ID, "true"), deny("*", {"ForAnyValue:StringNotEquals": {ORG_ID: ORG}})],
        False,
    ),
    (
        "deny with two conditions needs both",
        [OPEN, deny("*", {"StringNotEquals": {ORG_ID: ORG, EXTERNAL: "abc"}})],
        True,
    ),
    ("deny unless two accounts", open_but("StringNotEquals", ACCOUNT, [ROLE, FRIEND]), False),
    ("deny unless two accounts, one outside", open_but("StringNotEquals", ACCOUNT, [ROLE, STRANGER]), True),
    ("deny unless our ARN", open_but("ArnNotLike", ARN, f"arn:aws:iam::{FRIEND}:role/*"), False),
    ("deny without conditions", [OPEN, deny("*")], False),
    ("deny everything, whatever the action", [OPEN, deny("*", action="*")], False),
    ("deny of another action", [OPEN, deny("*", action="sts:TagSession")], True),
    ("deny of another door", [OPEN, deny("*", action=SAML)], True),
    ("deny by NotAction of this door", [OPEN, deny("*", action=None, NotAction="sts:AssumeRole")], True),
    ("deny by NotAction of another", [OPEN, deny("*", action=None, NotAction="sts:TagSession")], False),
    ("deny of our own accounts", [OPEN, deny([root(ROLE), root(FRIEND)])], True),
    ("deny of every stranger by name", [allow(STRANGER), deny(STRANGER)], False),
    ("deny of the named role only", [allow(STRANGER), deny(role(STRANGER))], True),
    ("deny of the role that is allowed", [allow(role(STRANGER)), deny(role(STRANGER))], False),
    ("deny of the account of the role that is allowed", [allow(role(STRANGER)), deny(root(STRANGER))], False),
    ("deny of one session", [allow(role(STRANGER)), deny(session(STRANGER))], True),
    ("deny without MFA leaves who has it", open_but("BoolIfExists", MFA, "false"), True),
    ("deny without MFA of a role", [allow(role(STRANGER)), deny("*", {"BoolIfExists": {MFA: "false"}})], False),
    ("deny with the wrong external id", open_but("StringNotEquals", EXTERNAL, "abc"), True),
    (
        "deny of each of what is allowed",
        [*star("StringEquals", EXTERNAL, "abc"), deny("*", {"StringEquals": {EXTERNAL: "abc"}})],
        False,
    ),
    (
        "deny with a pattern over what is allowed",
        [*star("StringLike", EXTERNAL, "abc*"), deny("*", {"StringLike": {EXTERNAL: "ab*"}})],
        False,
    ),
    (
        "deny with a narrower pattern",
        [*star("StringLike", EXTERNAL, "abc*"), deny("*", {"StringLike": {EXTERNAL: "abcz*"}})],
        True,
    ),
    (
        "deny with a case that can be avoided",
        [*star("StringEqualsIgnoreCase", EXTERNAL, "abc"), deny("*", {"StringEquals": {EXTERNAL: "abc"}})],
        True,
    ),
    (
        "deny on two keys of which each can be avoided",
        [OPEN, *(deny("*", {"StringLike": {key: "*"}}) for key in (EXTERNAL, "aws:PrincipalTag/x"))],
        True,
    ),
    ("deny on a key that is always there", [OPEN, deny("*", {"StringLike": {NAME: "*"}})], False),
    (
        "two denies that exclude each other's escape",
        [OPEN, deny("*", {"Null": {EXTERNAL: "true"}}), deny("*", {"Null": {EXTERNAL: "false"}})],
        False,
    ),
    ("NotPrincipal in Allow of ours", [allow(None, NotPrincipal={"AWS": [root(ROLE), root(FRIEND)]})], True),
    ("NotPrincipal in Allow of everybody", [allow(None, NotPrincipal={"AWS": "*"})], False),
    (
        "NotPrincipal in Allow, guarded",
        [allow(None, {"StringEquals": {ORG_ID: ORG}}, NotPrincipal={"AWS": root(STRANGER)})],
        False,
    ),
    (
        "NotPrincipal in Deny lets one stranger by",
        [OPEN, deny(None, NotPrincipal={"AWS": [root(STRANGER), role(STRANGER)]})],
        True,
    ),
    ("NotPrincipal in Deny of ours, by role only", [OPEN, deny(None, NotPrincipal={"AWS": role(FRIEND)})], False),
    ("NotPrincipal in Deny of everybody", [OPEN, deny(None, NotPrincipal={"AWS": "*"})], True),
    ("the third statement opens", [allow(root(ROLE)), allow(FRIEND), allow("*", {})], True),
    (
        "an organisation guard beside a named stranger",
        [*star("StringEquals", ORG_ID, ORG), allow(role(STRANGER))],
        True,
    ),
    ("two guarded statements", [*star("StringEquals", ORG_ID, ORG), *star("StringEquals", ACCOUNT, FRIEND)], False),
    (
        "external id in one statement, organisation in the other",
        [*star("StringEquals", EXTERNAL, "abc"), *star("StringEquals", ORG_ID, ORG)],
        True,
    ),
    ("both in one statement", [allow("*", {"StringEquals": {EXTERNAL: "abc", ORG_ID: ORG}})], False),
]

PRINCIPALS = [
    ("a list of ours", [allow([root(ROLE), FRIEND, role(FRIEND), user(FRIEND), session(FRIEND)])], False),
    ("a list with one stranger's session", [allow([root(ROLE), session(STRANGER)])], True),
    ("a stranger's user", [allow(user(STRANGER))], True),
    ("a stranger's role with a path", [allow(role(STRANGER, "a/b/c"))], True),
    ("deleted principals only", [allow(["AROAABCDEFGHIJKLMNOPQ", "AIDAABCDEFGHIJKLMNOPQ"])], False),
    ("a deleted principal and everybody", [allow(["AROAABCDEFGHIJKLMNOPQ", "*"])], True),
    (
        "a stranger from our organisation is a contradiction",
        [allow(role(STRANGER), {"StringEquals": {ORG_ID: ORG}})],
        False,
    ),
    ("a stranger from ours, if it is in any", [allow(role(STRANGER), {"StringEqualsIfExists": {ORG_ID: ORG}})], True),
    ("a stranger that must be another", [allow(root(STRANGER), {"ArnEquals": {ARN: role(FRIEND)}})], False),
    ("a stranger pinned to a role", [allow(root(STRANGER), {"ArnEquals": {ARN: role(STRANGER, "ci")}})], True),
    ("a stranger pinned to an address", [allow(root(STRANGER), {"IpAddress": {IP: "198.51.100.0/24"}})], False),
    ("another partition, our account", [allow(root(ROLE, "aws-cn"))], False),
    ("another partition, a stranger's role", [allow(role(STRANGER, "x", "aws-cn"))], None),
    ("another partition and everybody", [allow([root(STRANGER, "aws-us-gov"), "*"])], True),
    ("an isolated partition", [allow(root(STRANGER, "aws-iso-b"))], None),
    ("a wildcard in a role's name", [allow(f"arn:aws:iam::{STRANGER}:role/*")], False),
    ("a wildcard in a list with everybody", [allow(["*", f"arn:aws:iam::{STRANGER}:role/*"])], False),
    ("a group", [allow(f"arn:aws:iam::{STRANGER}:group/x")], False),
    ("a bucket", [allow("arn:aws:s3:::x")], False),
    ("an account id too short", [allow("99999999999")], False),
    ("an unknown operator", star("StringMatches", ORG_ID, ORG), False),
    ("an action of another service", [allow("*", action=["sts:AssumeRole", "s3:GetObject"])], False),
    ("AssumeRole for another door's principals", [allow(provider(GITHUB), action="sts:AssumeRole")], False),
    ("web identity for AWS principals", [allow("*", action=WEB)], False),
    ("SAML for AWS principals", [allow(STRANGER, action=SAML)], False),
    ("all doors", [allow("*", action="sts:AssumeRole*")], True),
    ("both tags and assuming in small letters", [allow("*", action=["sts:tagsession", "sts:assumerole"])], True),
    ("question marks", [allow("*", action="sts:Assume????")], True),
]

FEDERATED = [
    ("GitHub, one repository", github("StringEquals", "repo:ours/app:ref:refs/heads/main"), False),
    ("GitHub, all of an owner", github("StringLike", "repo:ours/*"), False),
    ("GitHub, any repository", github("StringLike", "repo:*"), True),
    ("GitHub, anything", github("StringLike", "*"), True),
    ("GitHub, any owner", github("StringLike", "repo:*/app:*"), True),
    ("GitHub, owners that begin so", github("StringLike", "repo:ours*"), True),
    ("GitHub, owners that begin so, with a repository", github("StringLike", "repo:ours*/app:*"), True),
    ("GitHub, owners with one more character", github("StringLike", "repo:ours?/app:*"), True),
    ("GitHub, only the branch", github("StringLike", "repo:*:ref:refs/heads/main"), True),
    ("GitHub, the owner behind a wildcard can be a branch", github("StringLike", "*ours/app*"), True),
    ("GitHub, star by equality is literal", github("StringEquals", "repo:*"), False),
    ("GitHub, two of which one is open", github("StringLike", ["repo:ours/*", "repo:*:environment:prod"]), True),
    ("GitHub, two owners", github("StringLike", ["repo:ours/*", "repo:friends/*"]), False),
    ("GitHub, no subject", oidc(GITHUB, {"StringEquals": {AUD: "sts.amazonaws.com"}}), True),
    ("GitHub, nothing at all", oidc(GITHUB), True),
    ("GitHub, no audience", oidc(GITHUB, {"StringLike": {SUB: "repo:ours/app:*"}}), False),
    ("GitHub, IfExists is always there", github("StringLikeIfExists", "repo:ours/*"), False),
    ("GitHub, subject negated", github("StringNotLike", "repo:evil/*"), True),
    ("GitHub, ForAllValues: every token has a subject", github("ForAllValues:StringLike", "repo:ours/*"), False),
    ("GitHub, the owner's immutable id", github("StringLike", "repo:ours@1234/app@5678:*"), False),
    ("GitHub, a repository by its id", oidc(GITHUB, {"StringEquals": {f"{GITHUB}:repository_id": "1234"}}), False),
    ("GitHub, an owner by its id", oidc(GITHUB, {"StringEquals": {f"{GITHUB}:repository_owner_id": "1234"}}), False),
    ("GitHub, an owner by name", oidc(GITHUB, {"StringEquals": {f"{GITHUB}:repository_owner": "ours"}}), False),
    ("GitHub, only an environment", oidc(GITHUB, {"StringEquals": {f"{GITHUB}:environment": "prod"}}), True),
    ("GitHub, a custom subject of an environment", github("StringEquals", "environment:prod"), True),
    ("GitHub, a custom subject of an owner", github("StringLike", "repository_owner:ours:*"), False),
    (
        "GitHub, a reusable workflow that others may call",
        github("StringLike", "job_workflow_ref:ours/flows/.github/workflows/x.yml@*"),
        None,
    ),
    (
        "GitHub, denied unless ours",
        [*oidc(GITHUB), deny(provider(GITHUB), {"StringNotLike": {SUB: "repo:ours/*"}}, WEB)],
        False,
    ),
    ("GitHub, denied for AWS principals only", [*oidc(GITHUB), deny({"AWS": root(STRANGER)}, action=WEB)], True),
    ("GitHub, by the wrong key's host", oidc(GITHUB, {"StringLike": {"gitlab.com:sub": "repo:ours/*"}}), False),
    ("GitHub, by the wrong door", [allow(provider(GITHUB), action=SAML)], False),
    ("GitHub's provider of a stranger's account", oidc(GITHUB, None, provider(GITHUB, STRANGER)), True),
    ("GitHub for one enterprise is its own", oidc(f"{GITHUB}/ours"), False),
    (
        "GitLab, one group",
        oidc("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:ours/*:ref_type:branch:ref:main"}}),
        False,
    ),
    (
        "GitLab, any group",
        oidc("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:*:ref_type:branch:ref:main"}}),
        True,
    ),
    (
        "GitLab, groups that begin so",
        oidc("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:ours*"}}),
        True,
    ),
    ("GitLab, only the audience", oidc("gitlab.com", {"StringEquals": {"gitlab.com:aud": "https://gitlab.com"}}), True),
    (
        "GitHub, a custom subject that names the owner last",
        github("StringEquals", "environment:prod:repository_owner:ours"),
        False,
    ),
    (
        "GitHub, owners with or without ids, by wildcards",
        github("StringLike", "repo:ours*/app*:ref:refs/heads/main"),
        True,
    ),
    (
        "GitLab, a project by its id",
        oidc("gitlab.com", {"StringEquals": {"gitlab.com:sub": "project_id:20:ref_type:branch:ref:main"}}),
        False,
    ),
    ("GitLab of one's own", oidc("gitlab.ours.example"), False),
    (
        "Terraform, one organisation",
        oidc("app.terraform.io", {"StringLike": {"app.terraform.io:sub": "organization:ours:project:*"}}),
        False,
    ),
    (
        "Terraform, any organisation",
        oidc("app.terraform.io", {"StringLike": {"app.terraform.io:sub": "organization:*:project:p:*"}}),
        True,
    ),
    (
        "Terraform, only the audience",
        oidc("app.terraform.io", {"StringEquals": {"app.terraform.io:aud": "aws.workload.identity"}}),
        True,
    ),
    (
        "Buildkite, one organisation",
        oidc("agent.buildkite.com", {"StringLike": {"agent.buildkite.com:sub": "organization:ours:pipeline:*"}}),
        False,
    ),
    (
        "Buildkite, organisations that begin so",
        oidc("agent.buildkite.com", {"StringLike": {"agent.buildkite.com:sub": "organization:ours*"}}),
        True,
    ),
    ("CircleCI's issuer is an organisation's own", oidc("oidc.circleci.com/org/1a2b"), False),
    (
        "EKS, one service account",
        oidc(
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:a:b"}},
        ),
        False,
    ),
    ("EKS, every pod", oidc("oidc.eks.eu-west-1.amazonaws.com/id/ABC"), False),
    ("Cognito, any pool", oidc("", None, {"Federated": "cognito-identity.amazonaws.com"}), True),
    (
        "Cognito, any pool that signed in",
        oidc(
            "",
            {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}},
            {"Federated": "cognito-identity.amazonaws.com"},
        ),
        True,
    ),
    (
        "Cognito, our pool, signed in",
        oidc(
            "",
            {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1111"},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
            },
            {"Federated": "cognito-identity.amazonaws.com"},
        ),
        False,
    ),
    (
        "Cognito, our pool, guests",
        oidc(
            "",
            {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1111"},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"},
            },
            {"Federated": "cognito-identity.amazonaws.com"},
        ),
        True,
    ),
    (
        "Cognito, our pool, whoever",
        oidc(
            "",
            {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1111"}},
            {"Federated": "cognito-identity.amazonaws.com"},
        ),
        None,
    ),
    ("Google, anybody", oidc("", None, {"Federated": "accounts.google.com"}), True),
    (
        "Google, one subject",
        oidc("", {"StringEquals": {"accounts.google.com:sub": "1122334455"}}, {"Federated": "accounts.google.com"}),
        False,
    ),
    (
        "Google, one application",
        oidc(
            "",
            {"StringEquals": {"accounts.google.com:aud": "1.apps.googleusercontent.com"}},
            {"Federated": "accounts.google.com"},
        ),
        None,
    ),
    (
        "Google, an audience that anybody asks for",
        oidc("", {"StringEquals": {"accounts.google.com:oaud": "ours"}}, {"Federated": "accounts.google.com"}),
        True,
    ),
    (
        "SAML of ours",
        [
            allow(
                {"Federated": f"arn:aws:iam::{ROLE}:saml-provider/okta"},
                {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
                SAML,
            )
        ],
        False,
    ),
    (
        "SAML of ours without audience",
        [allow({"Federated": f"arn:aws:iam::{ROLE}:saml-provider/okta"}, action=SAML)],
        False,
    ),
    (
        "SAML of a stranger's account",
        [allow({"Federated": f"arn:aws:iam::{STRANGER}:saml-provider/okta"}, action=SAML)],
        True,
    ),
    ("SAML by the wrong door", [allow({"Federated": f"arn:aws:iam::{STRANGER}:saml-provider/okta"})], False),
    (
        "SAML and a stranger",
        [
            allow(
                {"Federated": f"arn:aws:iam::{ROLE}:saml-provider/okta", "AWS": STRANGER},
                action=["sts:AssumeRole", SAML],
            )
        ],
        True,
    ),
]

CASES = [*IDENTITY, *CHOSEN, *NETWORK, *SOURCE, *STATEMENTS, *PRINCIPALS, *FEDERATED]
