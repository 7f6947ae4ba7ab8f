"""IAM in every account: activities.ports.Iam."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import unquote

from integrations.aws import AwsClients, place_of
from integrations.aws_errors import aws_errors
from model.containment import CLOSED
from model.containment_documents import Denial, denial_of, document_of, merged
from model.errors import Malformed, NotFound, Refused, Unavailable, WrongTarget
from model.principal_state import InlinePolicy, PrincipalState
from model.text import code, role_label

_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/(?:.*/)?([\w+=,.@-]{1,128})", re.ASCII)
_QUOTA = {"role": "10,240", "user": "2,048"}


@dataclass(frozen=True)
class _Target:
    """One role or user, and a client of its account's IAM. `word` is as in the API's names."""

    arn: str
    word: Literal["role", "user"]
    name: str
    iam: Any

    def call(self, operation: str, **arguments: Any) -> Any:
        """An operation that comes once for roles and once for users: `get_{}` is get_role or get_user."""
        arguments[f"{self.word.title()}Name"] = self.name
        return getattr(self.iam, operation.format(self.word))(**arguments)

    def pages(self, operation: str, field: str) -> Iterator[Any]:
        """Every item of a listing."""
        arguments = {f"{self.word.title()}Name": self.name}
        for page in self.iam.get_paginator(operation.format(self.word)).paginate(**arguments):
            yield from page[field]

    @property
    def label(self) -> str:
        """Words for people."""
        return f"{self.word} {role_label(self.arn)}"


class AwsIam:
    """Roles and users in any account that the clients reach; the account is the ARN's."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    def read(self, arn: str) -> PrincipalState:
        """The role or user now, with inline policies, tags and (a user's) keys; NotFound where it is gone."""
        target = self._target(arn)
        with aws_errors(f"read {target.label}"):
            answer = target.call("get_{}")
            found = answer[target.word.title()]
            names = list(target.pages("list_{}_policies", "PolicyNames"))
            documents = [self._document(target, name) for name in names]
            keys = self._keys(target)
        if place_of(found["Arn"]) != place_of(arn):
            raise WrongTarget(f"AWS answered for {role_label(found['Arn'])}, not for {target.label}")
        return PrincipalState(
            arn=found["Arn"],
            unique_id=found[f"{target.word.title()}Id"],
            name=found[f"{target.word.title()}Name"],
            path=found["Path"],
            policies=tuple(
                InlinePolicy(name=name, document=document)
                for name, document in zip(names, documents, strict=True)
                if document is not None
            ),
            tags=tuple((tag["Key"], tag["Value"]) for tag in found.get("Tags", [])),
            keys=keys,
            trust=compact(found["AssumeRolePolicyDocument"]) if "AssumeRolePolicyDocument" in found else "",
            boundary=found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            read_at=answered_at(answer),
        )

    def put_policy(self, arn: str, name: str, document: str) -> None:
        """Write one inline policy of ours, together with what it denies already: a straggler never takes anything back.

        Refused where somebody else's policy has the name, and where the quota is full.
        """
        target = self._target(arn)
        wanted = _writable(target, name, document)
        doing = f"put policy {code(name, 128)} on {target.label}"
        with aws_errors(doing):
            existing = self._document(target, name)
        if existing is not None:
            standing = self._ours(target, name, existing)
            wanted = merged(standing, wanted)
            if wanted == standing:
                return
        full = f"its inline policies are at AWS's quota of {_QUOTA[target.word]} characters"
        with aws_errors(doing, lambda error: full if error == "LimitExceeded" else None):
            target.call("put_{}_policy", PolicyName=name, PolicyDocument=document_of(wanted))

    def delete_policy(self, arn: str, name: str) -> None:
        """Remove one inline policy of ours; nothing happens where it, or its principal, is gone."""
        target = self._target(arn)
        if not name.startswith("hopstop-"):
            raise Refused(f"{code(name, 128)} is not hopstop's to remove")
        try:
            with aws_errors(f"remove policy {code(name, 128)} from {target.label}"):
                existing = self._document(target, name)
                if existing is not None:
                    self._ours(target, name, existing)
                    target.call("delete_{}_policy", PolicyName=name)
        except NotFound:
            return

    def set_key(self, arn: str, key_id: str, active: bool) -> None:
        """Make one of a user's access keys active or inactive."""
        target = self._target(arn)
        if target.word != "user":
            raise Malformed(f"{target.label} has no access keys")
        status = "Active" if active else "Inactive"
        with aws_errors(f"make key {code(key_id)} of {target.label} {status.lower()}"):
            target.iam.update_access_key(UserName=target.name, AccessKeyId=key_id, Status=status)

    def has_console(self, arn: str) -> bool:
        """Whether a user has a password for the console; false for a role."""
        target = self._target(arn)
        if target.word == "role":
            return False
        try:
            with aws_errors(f"read {target.label}"):
                target.iam.get_login_profile(UserName=target.name)
        except NotFound:
            return False
        return True

    def attached(self, arn: str) -> tuple[str, ...]:
        """The ARNs of the managed policies that are attached."""
        target = self._target(arn)
        with aws_errors(f"read {target.label}"):
            return tuple(one["PolicyArn"] for one in target.pages("list_attached_{}_policies", "AttachedPolicies"))

    def attach(self, arn: str, policy: str) -> None:
        """Attach a managed policy of the same account; the same once more changes nothing."""
        target = self._target(arn)
        full = "as many managed policies are attached to it as AWS allows"
        with aws_errors(
            f"attach {code(policy, 200)} to {target.label}", lambda e: full if e == "LimitExceeded" else None
        ):
            target.call("attach_{}_policy", PolicyArn=policy)

    def detach(self, arn: str, policy: str) -> None:
        """Detach a managed policy; nothing happens where it, or the principal, is gone."""
        target = self._target(arn)
        try:
            with aws_errors(f"detach {code(policy, 200)} from {target.label}"):
                target.call("detach_{}_policy", PolicyArn=policy)
        except NotFound:
            return

    def managed_document(self, policy: str) -> str:
        """A managed policy as it is in force, as compact JSON; NotFound where there is none."""
        iam = self._clients.reach("iam", place_of(policy))
        with aws_errors(f"read policy {code(policy, 200)}"):
            version = iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=policy, VersionId=version)
        return compact(found["PolicyVersion"]["Document"])

    def tag(self, arn: str, key: str, value: str) -> None:
        """Set one tag."""
        target = self._target(arn)
        with aws_errors(f"tag {target.label}"):
            target.call("tag_{}", Tags=[{"Key": key, "Value": value}])

    def untag(self, arn: str, key: str) -> None:
        """Take one tag off; nothing happens where it is not there."""
        target = self._target(arn)
        with aws_errors(f"untag {target.label}"):
            target.call("untag_{}", TagKeys=[key])

    def _target(self, arn: str) -> _Target:
        found = _PRINCIPAL.fullmatch(arn)
        if not found:
            raise Malformed(f"{code(arn)} is not the ARN of a role or user")
        word: Literal["role", "user"] = "role" if found[1] == "role" else "user"
        return _Target(arn, word, found[2], self._clients.reach("iam", place_of(arn)))

    def _document(self, target: _Target, name: str) -> str | None:
        """One policy as compact JSON; None where it is not there (any more)."""
        try:
            answer = target.call("get_{}_policy", PolicyName=name)
        except target.iam.exceptions.NoSuchEntityException:
            return None
        return compact(answer["PolicyDocument"])

    def _keys(self, target: _Target) -> tuple[tuple[str, bool], ...]:
        if target.word == "role":
            return ()
        listed = target.pages("list_access_keys", "AccessKeyMetadata")
        return tuple((key["AccessKeyId"], key["Status"] == "Active") for key in listed)

    def _ours(self, target: _Target, name: str, document: str) -> Denial:
        denial = denial_of(document)
        if denial is None:
            raise Refused(f"policy {code(name, 128)} on {target.label} was changed by somebody else: left as it is")
        return denial


def _writable(target: _Target, name: str, document: str) -> Denial:
    """What a policy denies; Malformed where hopstop writes no such policy under that name on such a principal."""
    denial = denial_of(document)
    timed = target.word == "role" and not name.endswith(CLOSED)
    if denial is None or not name.startswith("hopstop-") or (denial.cut is not None) is not timed:
        raise Malformed(f"{code(name, 128)} is not a policy that hopstop writes on a {target.word}")
    return denial


def compact(document: Any) -> str:
    """A policy document, which botocore gives parsed or (where it cannot) as it came, as compact JSON."""
    if isinstance(document, str):
        text = unquote(document)
        try:
            document = json.loads(text)
        except ValueError:
            return text
    return json.dumps(document, separators=(",", ":"))


def answered_at(answer: Any) -> datetime:
    """When AWS answered, by its own clock (the `Date` header, whole seconds)."""
    stamp = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        return parsedate_to_datetime(stamp).astimezone(UTC)
    except ValueError:
        raise Unavailable("AWS answered without a readable Date") from None
