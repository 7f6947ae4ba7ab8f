"""Identity providers that many customers share: which part of a token names the customer, and what anyone can choose.

A provider that is not here serves one customer (a cluster, a tenant of its own address): whoever it vouches for is the
organisation's. On a shared one every customer gets tokens of the same issuer, and only what names the customer tells
them apart.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from trust.principal import Kind, Principal


class Shape(NamedTuple):
    """How a claim's value begins: fixed text, then the customer's name up to `end` (empty: to the value's end)."""

    begins: str
    end: str = ""
    names_customer: bool = True
    """Else anybody can have a value that begins so."""
    certain: bool = True
    """Else it depends on what cannot be seen here."""


class Issuer(NamedTuple):
    """A shared provider. `claims` are those that name the customer; every other claim can be chosen, but those of
    `audience`, of which it cannot be told from here who gets them."""

    name: str
    host: str
    claims: Mapping[str, tuple[Shape, ...]]
    audience: frozenset[str] = frozenset()


_GITHUB_SUB = (
    Shape("repo:", "/"),
    Shape("repository:", "/"),
    Shape("repository_owner:", ":"),
    Shape("repository_owner:"),
    Shape("repository_id:", ":"),
    Shape("repository_id:"),
    Shape("repository_owner_id:", ":"),
    Shape("repository_owner_id:"),
    Shape("enterprise:", ":"),
    Shape("job_workflow_ref:", names_customer=False, certain=False),
    *(
        Shape(f"{claim}:", names_customer=False)
        for claim in ("environment", "ref", "head_ref", "base_ref", "event_name", "workflow", "ref_type", "context")
    ),
)
_NAME = (Shape(""),)
_PATH = (Shape("", "/"),)
_GITHUB = {
    "sub": _GITHUB_SUB,
    "repository": _PATH,
    "workflow_ref": _PATH,
    "job_workflow_ref": (Shape("", names_customer=False, certain=False),),
    **dict.fromkeys(("repository_owner", "repository_id", "repository_owner_id", "enterprise", "enterprise_id"), _NAME),
    **dict.fromkeys(("actor", "actor_id"), _NAME),
}
_ORGANIZATION = {"sub": (Shape("organization:", ":"),)}

SHARED = (
    Issuer("GitHub Actions", "token.actions.githubusercontent.com", _GITHUB),
    Issuer("GitHub Actions", "vstoken.actions.githubusercontent.com", _GITHUB),
    Issuer(
        "GitLab",
        "gitlab.com",
        {
            "sub": (Shape("project_path:", "/"), Shape("project_id:", ":"), Shape("namespace_id:", ":")),
            "project_path": _PATH,
            "namespace_path": (Shape("", "/"), Shape("")),
            **dict.fromkeys(("namespace_id", "project_id", "user_login", "user_id", "user_email"), _NAME),
        },
    ),
    Issuer(
        "HCP Terraform",
        "app.terraform.io",
        _ORGANIZATION
        | dict.fromkeys(("terraform_organization_name", "terraform_organization_id", "terraform_workspace_id"), _NAME),
    ),
    Issuer("HCP Terraform (Europe)", "app.eu.terraform.io", _ORGANIZATION),
    Issuer("Modal", "oidc.modal.com", {"sub": (Shape("modal:workspace_id:", ":"),), "workspace_id": _NAME}),
    Issuer("Buildkite", "agent.buildkite.com", _ORGANIZATION | {"organization_slug": _NAME, "organization_id": _NAME}),
    Issuer("Vercel", "oidc.vercel.com", {"sub": (Shape("owner:", ":"),), "owner": _NAME, "owner_id": _NAME}),
    Issuer("Scalr", "scalr.io", {"sub": (Shape("account:", ":"),)}),
    Issuer("Codefresh", "oidc.codefresh.io", {"sub": (Shape("account:", ":"),)}),
    Issuer("Upbound", "proidc.upbound.io", {"sub": (Shape("mcp:", "/"), Shape("org:", ":"))}),
    Issuer("Pulumi", "api.pulumi.com/oidc", {"sub": (Shape("pulumi:deploy:org:", ":"),), "aud": _NAME}),
    Issuer("Google", "accounts.google.com", {"sub": _NAME, "email": _NAME}, frozenset(("aud", "azp"))),
    Issuer("Facebook", "graph.facebook.com", {"id": _NAME}, frozenset(("app_id",))),
    Issuer("Login with Amazon", "www.amazon.com", {"user_id": _NAME}, frozenset(("app_id",))),
    Issuer("Amazon Cognito", "cognito-identity.amazonaws.com", {"sub": _NAME, "aud": _NAME}),
)
_BY_HOST = {issuer.host: issuer for issuer in SHARED}
COGNITO = "cognito-identity.amazonaws.com"
_EKS = re.compile(r"oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/id/[0-9a-z]+")


def issuer_of(principal: Principal) -> Issuer | None:
    """The shared issuer behind a provider; None where it serves one customer."""
    return _BY_HOST.get(principal.name) if principal.kind is Kind.OIDC else None


def shared(host: str) -> Issuer | None:
    """The shared issuer of that host, None where there is none."""
    return _BY_HOST.get(host)


def is_cluster(principal: Principal) -> bool:
    """Whether the provider is an EKS cluster."""
    return bool(_EKS.fullmatch(principal.name))
