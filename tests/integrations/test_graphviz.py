"""Pictures of chains, where graphviz is installed."""

import os
import shutil

import pytest

from integrations.graphviz import Graphviz
from model.chain_graph import graph, in_words
from tests.workflows.attack import finding


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed here")
def test_a_chain_is_drawn_as_png_whatever_its_names_are() -> None:
    line = finding().lineages[0]
    evil = line.hops[0].model_copy(update={"role_arn": 'arn:aws:iam::1:role/"]; n0 [image="/etc/passwd"'})
    image = Graphviz().draw(graph((line.model_copy(update={"hops": (evil, *line.hops[1:])}),)))
    assert image is not None
    assert image.startswith(b"\x89PNG")
    assert Graphviz().draw("no graph at all {") is None


def test_without_graphviz_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PATH", "/nowhere")
    assert Graphviz().draw(graph(finding().lineages)) is None


def test_words_tell_the_longest_chain_in_one_bounded_line() -> None:
    said = in_words(finding().lineages)
    assert said.startswith("ana → ci-build in 111111111111 at 02:47:20 → deploy")
    line = finding().lineages[0]
    hops = tuple(
        line.hops[0].model_copy(update={"role_arn": "arn:aws:iam::1:role/" + "\n\u202e" * 4000}) for _ in range(40)
    )
    long = in_words((line.model_copy(update={"hops": hops}),))
    assert len(long) <= 900
    assert not {"\n", "\u202e"} & set(long)
