"""The picture: how fast each stage is, as bars, drawn as SVG by hand."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from bench.figures import Figure, amount

_ROW, _TOP, _LEFT, _WIDTH = 26, 64, 300, 520
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-size:16px;font-weight:600}.s{fill:#59636e}"
    "rect{fill:#4f7cac}.f{fill:#b9c4cf}"
)


def picture(figures: Sequence[Figure], title: str, below: str) -> str:
    """Bars of every figure that has a share of a floor; the floors themselves are grey."""
    shown = [figure for figure in figures if figure.share is not None]
    sections = list(dict.fromkeys(figure.section for figure in shown))
    parts, y = [], _TOP
    for section in sections:
        parts.append(f'<text class="s" x="16" y="{y}">{escape(section)}</text>')
        y += 10
        for figure in (each for each in shown if each.section == section):
            parts.append(_bar(figure, y))
            y += _ROW
        y += 24
    parts.append(f'<text class="s" x="16" y="{y + 4}">{escape(below)}</text>')
    head = f'<text class="t" x="16" y="30">{escape(title)}</text>'
    size = f'width="960" height="{y + 24}" viewBox="0 0 960 {y + 24}"'
    inside = "\n".join((f"<style>{_STYLE}</style>", '<path fill="#fff" d="M0 0h960v4000H0z"/>', head, *parts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">\n{inside}\n</svg>\n'
    )


def _bar(figure: Figure, y: int) -> str:
    share = figure.share or 0.0
    kind = ' class="f"' if share == 1 else ""
    length = max(2.0, share * _WIDTH / 2)
    said = f"{amount(figure.value)} {figure.unit}" + ("" if share == 1 else f", {share:.2f} of the floor")
    return (
        f'<text x="32" y="{y + 16}">{escape(figure.name)}</text>'
        f'<rect{kind} x="{_LEFT}" y="{y + 3}" width="{length:.0f}" height="18" rx="2"/>'
        f'<text x="{_LEFT + length + 8:.0f}" y="{y + 16}">{escape(said)}</text>'
    )
