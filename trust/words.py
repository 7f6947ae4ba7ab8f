"""Why a role is exposed or is not, in a sentence."""

from model.text import code
from trust.exposure import Entry, Exposure
from trust.judged import Judgement
from trust.level import Level
from trust.ours import Ours
from trust.principal import Kind


def reason(judgement: Judgement) -> str:
    """Why it is exposed, or why it is not, in a sentence."""
    exposure = judgement.exposure
    if exposure.entry is not None:
        return _way_in(exposure, judgement)
    if exposure.exposed is None:
        return "it names more callers and patterns than can be tried: split or simplify it"
    if not judgement.allows:
        return "no statement lets anybody in"
    open_ones = [each for each in judgement.allows if each.is_open]
    if open_ones:
        return (
            f"{judgement.policy.denies[0].name} keeps out everybody outside whom {open_ones[0].statement.name} lets in"
        )
    if all(each.level is Level.NONE for each in judgement.allows):
        return "nobody at all can assume the role by this policy"
    whom = {
        Level.PUBLIC: "only who is in a network, or has an id, that the policy names gets in",
        Level.SERVICE: "only AWS services are trusted",
        Level.FEDERATED: "only tokens that the organisation controls are taken",
    }
    return whom.get(judgement.level, f"every way in is held to the organisation ({judgement.level})")


def _way_in(exposure: Exposure, judgement: Judgement) -> str:
    entry = exposure.entry
    if entry is None:
        return ""
    them = who(entry, judgement.ours)
    passed = [
        f"{code(each.written)} {code(', '.join(values), 60)}"
        for each in entry.statement.conditions
        if each.key in _PASSED or each.key.startswith(("aws:requesttag/", "aws:principaltag/"))
        if (values := entry.brings.get(each.key))
    ]
    by = f"{them} can assume the role by {entry.statement.name}" + (
        f", bringing {' and '.join(passed[:3])}" if passed else ""
    )
    if entry.sure:
        return by
    return f"perhaps {by}: {_doubt(exposure, judgement)}"


_PASSED = frozenset(("sts:externalid", "sts:rolesessionname", "sts:sourceidentity", "aws:multifactorauthpresent"))


def who(entry: Entry, ours: Ours) -> str:
    """Who gets in, in words."""
    visitor = entry.visitor
    account = visitor.caller.account
    if visitor.issuer is not None:
        return f"another customer of {visitor.issuer.name}"
    if visitor.caller.kind in (Kind.OIDC, Kind.SAML):
        return f"whoever has the provider {code(visitor.caller.name, 160)}"
    if visitor.level is Level.PUBLIC:
        return "anybody with an AWS account"
    if visitor.level is Level.ORG and visitor.inside:
        return "anybody else in our organisation"
    if visitor.level is Level.ORG:
        return f"anybody in the organisation {code(visitor.org)}"
    vendor = ours.vendors.get(account)
    if ours.has(account):
        return f"a principal of our account {code(account)}"
    return f"account {code(account)}{f' ({vendor})' if vendor else ' (nobody knows whose)'}"


def _doubt(exposure: Exposure, judgement: Judgement) -> str:
    entry = exposure.entry
    if entry is None:
        return ""
    visitor, ours = entry.visitor, judgement.ours
    if visitor.caller.partition and visitor.caller.partition != ours.partition:
        return f"a principal of the partition {visitor.caller.partition} cannot assume a role in {ours.partition}"
    if visitor.org and not ours.org_id:
        return f"give the organisation's id (org_id) to tell whether {code(visitor.org)} is it"
    if any("resourcetag/" in each.key for each in entry.statement.conditions):
        return "it depends on the role's tags, which are not here"
    return "it depends on what the policy does not say"
