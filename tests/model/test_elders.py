"""Which cases a chain has been before its beginning was seen."""

from model.case_id import case_id
from model.elders import elders, is_of_chain, without_stale
from model.identity import Kind
from model.lineage import Lineage
from tests.workflows.attack import ORIGIN, again, finding, hop, rootless


def test_the_case_of_an_inner_session_is_found_by_its_name() -> None:
    assert case_id(rootless().origin) in elders(finding())
    assert case_id(ORIGIN) not in elders(finding())
    assert elders(rootless()) == elders(finding())[1:]


def test_a_source_identity_names_the_case_as_it_named_the_session() -> None:
    carried = hop(1).model_copy(update={"source_identity": "ana"})
    line = Lineage(origin=ORIGIN, hops=(carried,))
    names = elders(finding().model_copy(update={"lineages": (line,)}))
    assert [name.split(":")[1] for name in names] == ["ana"]


def test_only_a_session_that_the_chain_came_through_is_of_it() -> None:
    origin = rootless().origin
    assert is_of_chain(origin, finding())
    assert not is_of_chain(origin.model_copy(update={"session_name": "other"}), finding())
    assert not is_of_chain(origin.model_copy(update={"unique_id": "AROAEXAMPLEANOTHER"}), finding())
    assert not is_of_chain(origin.model_copy(update={"unique_id": None}), finding())
    assert not is_of_chain(origin.model_copy(update={"kind": Kind.USER}), finding())
    assert not is_of_chain(ORIGIN, finding())


def test_what_is_told_from_further_back_is_left_out_and_nothing_else() -> None:
    part, whole, other = rootless().lineages[0], finding().lineages[0], again().lineages[0]
    assert without_stale((part, whole)) == (whole,)
    assert without_stale((whole, part)) == (whole,)
    assert without_stale((part, whole, other)) == (whole, other)
    assert without_stale((part,)) == (part,)
    shorter = whole.model_copy(update={"hops": whole.hops[:2]})
    assert without_stale((part, shorter)) == (part, shorter)
    elsewhere = part.model_copy(update={"hops": (*part.hops[:1], again().lineages[0].hops[-1])})
    assert without_stale((elsewhere, whole)) == (elsewhere, whole)
    bare = part.model_copy(update={"hops": ()})
    assert without_stale((bare, whole)) == (whole,)
