"""What an AWS principal brings to AssumeRole, key by key, and which of it a caller chooses.

Sources: the IAM user guide's pages on global condition keys and on STS keys, and STS's API reference (what a session
name, an external id or a tag may be made of). A key that is not here is absent from the call.
"""

import re
from typing import NamedTuple


class Chosen(NamedTuple):
    """A text that the caller chooses: of which characters, and whether it may be left out."""

    shape: re.Pattern[str]
    optional: bool = True
    many: bool = False
    known: tuple[str, ...] = ()
    """Values that there are, where made-up ones would be none."""


_SESSION = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_EXTERNAL = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_TAG = re.compile(r"[\w\s.:/=+@-]{0,256}")
_TAG_KEY = re.compile(r"[\w\s.:/=+@-]{1,128}")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}|aws-global")
_ANY = re.compile(r".{1,2048}", re.DOTALL)
_PROVIDER = re.compile(r"\S{4,2048}")

CHOSEN = {
    "sts:externalid": Chosen(_EXTERNAL),
    "sts:rolesessionname": Chosen(_SESSION, optional=False),
    "sts:sourceidentity": Chosen(_SESSION),
    "aws:sourceidentity": Chosen(_SESSION),
    "sts:transitivetagkeys": Chosen(_TAG_KEY, many=True),
    "aws:tagkeys": Chosen(_TAG_KEY, many=True),
    "aws:useragent": Chosen(_ANY),
    "aws:referer": Chosen(_ANY),
    "aws:requestedregion": Chosen(
        _REGION, optional=False, known=("us-east-1", "eu-central-1", "ap-southeast-2", "sa-east-1", "ca-west-1")
    ),
    "aws:federatedprovider": Chosen(_PROVIDER),
}
CHOSEN_TAGS = ("aws:requesttag/", "aws:principaltag/")
"""Tags that a caller passes, and those of its own principal."""
TAG = Chosen(_TAG)

OWN_IDS = {
    "aws:sourcevpc": "vpc-*",
    "aws:sourcevpce": "vpce-*",
    "aws:ec2instancesourcevpc": "vpc-*",
}
"""Ids that AWS gave to what the caller owns: any of its own, never one that the policy names."""
OWN_ACCOUNT_ARNS = {
    "aws:sourcevpcarn": "arn:*:ec2:*:{account}:vpc/*",
    "ec2:sourceinstancearn": "arn:*:ec2:*:{account}:instance/*",
    "lambda:sourcefunctionarn": "arn:*:lambda:*:{account}:function:*",
    "ssm:sourceinstancearn": "arn:*:*:*:{account}:*instance/*",
}
"""ARNs in the caller's own account, whose last part it names."""
OWN_ACCOUNT = frozenset(("aws:vpceaccount",))
OWN_ORG = frozenset(("aws:vpceorgid",))
OWN_ORG_PATHS = frozenset(("aws:principalorgpaths", "aws:vpceorgpaths"))
PRIVATE_ADDRESSES = frozenset(("aws:vpcsourceip", "aws:ec2instancesourceprivateipv4"))
TIMES = frozenset(("aws:currenttime", "aws:epochtime"))
NUMBERS = {"sts:durationseconds": (900.0, 43_200.0)}
FIXED = {
    "aws:securetransport": "true",
    "aws:viaawsservice": "false",
    "aws:principalisawsservice": "false",
}
ABOUT_THE_ROLE = ("aws:resourcetag/", "iam:resourcetag/")
"""Tags of the role itself."""
TAUTOLOGIES = frozenset(("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", *FIXED))
"""They say nothing of who calls."""
