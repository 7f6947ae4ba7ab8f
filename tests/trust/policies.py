"""Trust policies in few words."""

import json

ROLE = "111111111111"
FRIEND = "222222222222"
STRANGER = "999999999999"
ORG = "o-ours123456"


def allow(principal="*", condition=None, action="sts:AssumeRole", **more):
    return statement("Allow", principal, condition, action, **more)


def deny(principal="*", condition=None, action="sts:AssumeRole", **more):
    return statement("Deny", principal, condition, action, **more)


def statement(effect, principal, condition, action, **more):
    named = (
        {}
        if principal is None
        else {"Principal": {"AWS": principal} if isinstance(principal, str | list) else principal}
    )
    done = {} if action is None else {"Action": action}
    return {"Effect": effect, **named, **done, **({"Condition": condition} if condition is not None else {}), **more}


def document(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def text(*statements, **more):
    return json.dumps(document(*statements, **more))


def root(account, partition="aws"):
    return f"arn:{partition}:iam::{account}:root"


def role(account, name="x", partition="aws"):
    return f"arn:{partition}:iam::{account}:role/{name}"


def user(account, name="x"):
    return f"arn:aws:iam::{account}:user/{name}"


def session(account, name="x", session="build"):
    return f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
