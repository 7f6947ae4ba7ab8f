"""Ways to worry about, the worst first, where they narrow, and how far somebody comes."""

import time

from bench.trust_world import files, organization
from model.organization import organization_from
from tests.trust.trust_world import (
    DEV,
    HUB,
    ORGANIZATION,
    PROD,
    STRANGE,
    graph,
    may,
    role,
    role_arn,
    root,
    trust,
    user,
)
from trust.graph import TrustGraph
from trust.paths import Concern, chokes, crossings, paths, radius
from trust.reading import read_snapshot

EXTERNAL = {"StringEquals": {"sts:ExternalId": "7d0c"}}
KNOWN = ORGANIZATION.model_copy(update={"vendors": {STRANGE: "Scanner Ltd"}})
GITHUB = "token.actions.githubusercontent.com"


def organisation() -> TrustGraph:
    """dev → hub's shared role → production; a vendor into the hub's bastion → production, asked for an external id."""
    return graph(
        user(DEV, "ana", may()),
        user(DEV, "bo", may(role_arn(HUB, "shared"))),
        role(HUB, "shared", trust(root(DEV)), permissions=may()),
        role(HUB, "bastion", trust(root(STRANGE), EXTERNAL), permissions=may()),
        role(PROD, "data", trust([role_arn(HUB, "shared"), role_arn(HUB, "bastion")])),
        role(PROD, "more", trust(role_arn(HUB, "shared"))),
        organization=KNOWN,
    )


def test_the_worst_way_comes_first_and_there_is_one_for_each_account() -> None:
    found = [(path.concern, path.account, path.free, path.hops) for path in paths(organisation())]
    assert found == [
        (Concern.PRODUCTION, PROD, True, 2),
        (Concern.OUTSIDE, PROD, False, 2),
        (Concern.OUTSIDE, HUB, False, 1),
    ]


def test_a_way_names_every_hop() -> None:
    worst = paths(organisation())[0]
    assert worst.steps[0].target.name == role_arn(HUB, "shared")
    assert worst.steps[-1].target.account == PROD


def test_a_free_way_is_shown_even_where_a_shorter_one_asks_for_something() -> None:
    made = graph(
        user(DEV, "ana", may()),
        role(HUB, "shared", trust(root(DEV)), permissions=may()),
        role(PROD, "data", trust(root(DEV), EXTERNAL), trust(role_arn(HUB, "shared"))),
    )
    (path,) = paths(made)
    assert (path.free, path.hops) == (True, 2)


def test_exposed_entries_come_first_and_known_vendors_after_those_whom_nobody_knows() -> None:
    provider = f"arn:aws:iam::{HUB}:oidc-provider/{GITHUB}"
    audience = {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}
    unknown = "888888888888"
    made = graph(
        user(DEV, "ana", may()),
        role(PROD, "vendor", trust(root(STRANGE))),
        role(PROD, "held", trust(root(STRANGE), EXTERNAL)),
        role(PROD, "data", trust(root(DEV))),
        role(HUB, "build", trust({"Federated": provider}, audience, "sts:AssumeRoleWithWebIdentity")),
        role(HUB, "unknown", trust(root(unknown), EXTERNAL)),
        organization=KNOWN,
    )
    found = [(path.steps[0].source.kind.value, path.account, path.free) for path in paths(made)]
    assert found == [
        ("account", HUB, True),
        ("anybody's tokens of an identity provider", HUB, True),
        ("user", PROD, True),
        ("account", PROD, True),
    ]


def test_without_anything_to_worry_about_there_is_no_way() -> None:
    assert paths(graph(role(PROD, "data", trust(root(PROD))))) == []


def test_a_choke_point_closes_what_is_come_to_only_through_it() -> None:
    found = {(choke.concern, choke.role.name): (choke.accounts, choke.roles) for choke in chokes(organisation())}
    assert found == {
        (Concern.PRODUCTION, role_arn(HUB, "shared")): ((PROD,), 2),
        (Concern.OUTSIDE, role_arn(HUB, "bastion")): ((PROD,), 1),
    }


def test_a_second_way_makes_a_choke_point_none() -> None:
    made = graph(
        role(HUB, "one", trust(root(STRANGE)), permissions=may()),
        role(HUB, "two", trust(root(STRANGE)), permissions=may()),
        role(PROD, "data", trust([role_arn(HUB, "one"), role_arn(HUB, "two")])),
    )
    assert chokes(made) == []


def test_a_crossing_joins_many_accounts() -> None:
    found = {each.role.name: (each.comes_from, each.leads_to) for each in crossings(organisation())}
    assert found == {role_arn(HUB, "shared"): (1, 1), role_arn(HUB, "bastion"): (1, 1)}


def test_a_blast_radius_grows_by_hops_and_leaves_the_own_account_out() -> None:
    made = organisation()
    told = radius(made, made.nodes.at[STRANGE], 5)
    assert (told.within, told.free, told.roles) == (((HUB,), (HUB, PROD)), (), 2)
    assert radius(made, made.nodes.at[STRANGE], 1).accounts == (HUB,)
    assert radius(made, made.nodes.at[role_arn(PROD, "data")], 5).accounts == ()


def test_the_radius_of_one_is_what_the_whole_graph_says_of_it() -> None:
    snapshot = read_snapshot(files(20, 600, seed=3))
    made = TrustGraph(snapshot, organization_from(organization(20)))
    for hops in (1, 2, 5):
        whole = made.within(hops)
        for number in range(0, len(made.nodes), 7):
            assert list(radius(made, number, hops).accounts) == made.others(number, whole[number])


def test_an_organisation_of_10_000_roles_in_500_accounts_is_reached_in_seconds() -> None:
    """The figures are in docs/performance.md; here only that nothing grows with pairs."""
    made = TrustGraph(read_snapshot(files(500, 10_000)), organization_from(organization(500)))
    assert sum(map(len, made.web.to)) < 5 * len(made.web.to)
    began = time.process_time()
    assert max(made.whole).bit_count() == 500
    assert time.process_time() - began < 2
