import pytest

from model.identity import Identity, Kind
from model.label import label

HOST = "token.actions.githubusercontent.com"
GITHUB = f"web_identity:arn:aws:iam::111111111111:oidc-provider/{HOST}"


@pytest.mark.parametrize(
    ("kind", "key", "person", "said"),
    [
        (
            Kind.WEB_IDENTITY,
            f"{GITHUB}:repo:acme/x:ref",
            None,
            "`repo:acme/x:ref` (by `token.actions.githubusercontent.com`)",
        ),
        (Kind.WEB_IDENTITY, "web_identity:accounts.google.com:1234", None, "`1234` (by `accounts.google.com`)"),
        (Kind.SAML, "saml:idp:ana@example.com", "ana@example.com", "`ana@example.com` (by `idp`)"),
        (Kind.SAML, "saml:idp", None, "`saml:idp`"),
        (Kind.IDENTITY_CENTER, "identity_center:store:7", "ana@example.com", "`ana@example.com` (Identity Center)"),
        (Kind.IDENTITY_CENTER, "identity_center:store:7", None, "`identity_center:store:7`"),
        (Kind.WEB_IDENTITY, "web_identity:idp:a`b|<c>", None, "`a'b¦‹c›` (by `idp`)"),
    ],
)
def test_somebody_without_an_arn_is_called_by_the_own_name_first(kind, key, person, said):
    assert label(Identity(key=key, kind=kind, person=person)) == said
