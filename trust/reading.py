"""Account authorization details, and roles by themselves, out of JSON texts: whatever AWS's own tools write.

Taken: pages of `get-account-authorization-details` (one, many, a list of them, one after another in one file), the
answers of `get-role` and `list-roles`, a role, a list of roles. Policy documents may be URL-encoded, as IAM's API
gives them, or parsed, as boto3 and the CLI give them. What cannot be read is named, and the rest goes on.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from model.errors import Malformed
from model.json_pieces import Broken, pieces
from model.text import clean
from trust.snapshot import Permissions, Role, Snapshot, Trouble, User, arn_of

_ARN = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:[\x21-\x7e]+")
"""IAM allows no other character in a path or a name: what has one was not written by AWS."""
_PAGE = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_COMPACT = (",", ":")
_AWS_SAYS = "the output of aws iam get-account-authorization-details"

Named = tuple[str, bytes | Trouble]


def read_snapshot(files: Iterable[Named]) -> Snapshot:
    """Roles and users of all files together: a policy may be on another page than what it is attached to."""
    reading = _Reading()
    for name, data in files:
        if isinstance(data, Trouble):
            reading.troubles.append(data)
        else:
            reading.file(name, data)
    return reading.snapshot()


class _Reading:
    """What was read so far, before policies are looked up."""

    def __init__(self) -> None:
        self.roles: dict[str, tuple[dict[str, Any], str]] = {}
        self.users: dict[str, tuple[dict[str, Any], str]] = {}
        self.groups: dict[tuple[str, str], dict[str, Any]] = {}
        self.policies: dict[str, str] = {}
        self.troubles: list[Trouble] = []
        self._texts: dict[str, str] = {}

    def file(self, name: str, data: bytes) -> None:
        """Take one file in."""
        found = list(pieces(data.decode("utf-8-sig", "replace")))
        broken = next((piece for piece in found if isinstance(piece, Broken)), None)
        if broken is not None:
            self._trouble(name, f"{broken.reason}; write {_AWS_SAYS} into it")
        for piece in found:
            self._piece(name, piece)
        if not found:
            self._trouble(name, f"is empty; write {_AWS_SAYS} into it")

    def _piece(self, name: str, piece: Any) -> None:
        if isinstance(piece, Broken):
            return
        if isinstance(piece, list):
            for each in piece:
                self._piece(name, each)
        elif isinstance(piece, dict) and any(isinstance(piece.get(key), list) for key in _PAGE):
            self._page(name, piece)
        elif isinstance(piece, dict) and (roles := _roles_in(piece)) is not None:
            for role in roles:
                self._kept(name, role, self._role)
        else:
            self._trouble(name, _what_else(piece))

    def _page(self, name: str, page: dict[str, Any]) -> None:
        for policy in _dicts(page.get("Policies")):
            self._policy(name, policy)
        for group in _dicts(page.get("GroupDetailList")):
            self._kept(name, group, self._group)
        for user in _dicts(page.get("UserDetailList")):
            self._kept(name, user, self._user)
        for role in _dicts(page.get("RoleDetailList")):
            self._kept(name, role, self._role)

    def _kept(self, name: str, entry: dict[str, Any], keep: Callable[[str, dict[str, Any]], None]) -> None:
        try:
            keep(name, entry)
        except Malformed as error:
            self._trouble(name, f"{clean(str(entry.get('Arn', 'an entry')), 200)}: {error}")

    def _role(self, name: str, role: dict[str, Any]) -> None:
        arn = _iam_arn(role, "role")
        if "AssumeRolePolicyDocument" not in role:
            raise Malformed("it has no AssumeRolePolicyDocument; export the role again")
        if _says_policies(role) or arn not in self.roles:
            self.roles[arn] = (role, name)

    def _user(self, name: str, user: dict[str, Any]) -> None:
        self.users[_iam_arn(user, "user")] = (user, name)

    def _group(self, _name: str, group: dict[str, Any]) -> None:
        self.groups[arn_of(str(group.get("Arn", ""))).account, str(group.get("GroupName"))] = group

    def _policy(self, name: str, policy: dict[str, Any]) -> None:
        versions = _dicts(policy.get("PolicyVersionList"))
        chosen = [each for each in versions if each.get("IsDefaultVersion") is True]
        chosen = chosen or [each for each in versions if each.get("VersionId") == policy.get("DefaultVersionId")]
        if chosen and "Document" in chosen[0]:
            self.policies[str(policy.get("Arn"))] = self.text(chosen[0]["Document"])
        else:
            self._trouble(name, f"{clean(str(policy.get('Arn')), 200)}: it has no default version; export it again")

    def text(self, document: Any) -> str:
        """The JSON text of a document; one object for the same text, since many roles share one."""
        text = _document_text(document)
        return self._texts.setdefault(text, text)

    def _trouble(self, name: str, why: str) -> None:
        self.troubles.append(Trouble(name, why))

    def snapshot(self) -> Snapshot:
        """All of it, with every policy in its place."""
        roles = tuple(self._made_role(*each) for each in self.roles.values())
        users = tuple(self._made_user(*each) for each in self.users.values())
        return Snapshot(roles, users, tuple(self.troubles))

    def _made_role(self, role: dict[str, Any], name: str) -> Role:
        arn = str(role["Arn"])
        used = role.get("RoleLastUsed")
        return Role(
            arn=arn,
            account=arn_of(arn).account,
            unique_id=str(role.get("RoleId") or ""),
            trust=self.text(role["AssumeRolePolicyDocument"]),
            max_session_s=_seconds(role.get("MaxSessionDuration")),
            tags=_tags(role),
            permissions=self._permissions(role, "RolePolicyList", ())
            if _says_policies(role)
            else Permissions(known=False),
            last_used=str(used.get("LastUsedDate") or "") if isinstance(used, dict) else "",
            file=name,
        )

    def _made_user(self, user: dict[str, Any], name: str) -> User:
        arn = str(user["Arn"])
        account = arn_of(arn).account
        groups = user.get("GroupList")
        names = [str(each) for each in groups] if isinstance(groups, list) else []
        joined = [self.groups[account, each] for each in names if (account, each) in self.groups]
        lost = tuple(f"group {each}" for each in names if (account, each) not in self.groups)
        found = self._permissions(user, "UserPolicyList", joined, lost)
        return User(arn, account, str(user.get("UserId") or ""), _tags(user), found, name)

    def _permissions(
        self, entry: Mapping[str, Any], inline: str, groups: Sequence[Mapping[str, Any]], lost: tuple[str, ...] = ()
    ) -> Permissions:
        documents = [*self._inline(entry, inline)]
        attached = [*_attached(entry)]
        for group in groups:
            documents += self._inline(group, "GroupPolicyList")
            attached += _attached(group)
        boundary, absent = self._boundary(entry)
        missing = [arn for arn in attached if arn not in self.policies]
        documents += [self.policies[arn] for arn in attached if arn in self.policies]
        return Permissions(tuple(dict.fromkeys(documents)), boundary, (*lost, *missing, *absent))

    def _inline(self, entry: Mapping[str, Any], key: str) -> Iterator[str]:
        for each in _dicts(entry.get(key)):
            yield self.text(each.get("PolicyDocument"))

    def _boundary(self, entry: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
        boundary = entry.get("PermissionsBoundary")
        arn = str(boundary.get("PermissionsBoundaryArn") or "") if isinstance(boundary, dict) else ""
        if not arn:
            return None, ()
        return self.policies.get(arn), () if arn in self.policies else (arn,)


def _roles_in(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The roles of an answer of get-role or list-roles, or the role that it is; None where there is none."""
    if "AssumeRolePolicyDocument" in value:
        return [value]
    if isinstance(value.get("Role"), dict):
        return [value["Role"]]
    return _dicts(value["Roles"]) if isinstance(value.get("Roles"), list) else None


def _says_policies(role: Mapping[str, Any]) -> bool:
    return "RolePolicyList" in role or "AttachedManagedPolicies" in role


def _what_else(piece: Any) -> str:
    if isinstance(piece, dict) and "Statement" in piece:
        return "a policy and no role; audit it with --policy, or give the role that has it"
    kind = "an object" if isinstance(piece, dict) else "a value"
    return f"{kind} that is neither account authorization details nor a role; write {_AWS_SAYS} into it"


def _iam_arn(entry: Mapping[str, Any], kind: str) -> str:
    text = entry.get("Arn")
    arn = arn_of(text if isinstance(text, str) else "")
    plain = isinstance(text, str) and _ARN.fullmatch(text)
    if not plain or arn.service != "iam" or not arn.resource.startswith(f"{kind}/") or not _is_account(arn.account):
        raise Malformed(f"its Arn is no {kind}'s; export it again")
    return str(text)


def _is_account(text: str) -> bool:
    return len(text) == 12 and text.isascii() and text.isdigit()


def _document_text(document: Any) -> str:
    if isinstance(document, str):
        return document if document.lstrip()[:1] in ("{", "[") else unquote(document)
    return json.dumps(document, separators=_COMPACT)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _attached(entry: Mapping[str, Any]) -> Iterator[str]:
    for each in _dicts(entry.get("AttachedManagedPolicies")):
        yield str(each.get("PolicyArn"))


def _tags(entry: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((str(each.get("Key")), str(each.get("Value"))) for each in _dicts(entry.get("Tags")))


def _seconds(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 3600
