"""Small HTML pages that show text and nothing else: every value is escaped here."""

from collections.abc import Sequence
from html import escape

_STYLE = """
:root { color-scheme: light dark; --line: #d0d7de; --soft: #57606a; --back: #f6f8fa; --card: #fff; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --soft: #9198a1;
  --back: #151b23; --card: #0d1117; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); font: 15px/1.5 system-ui, sans-serif; }
header { padding: .75rem 1.5rem; background: ACCENT; color: #fff; font-weight: 600; }
header a { color: inherit; }
main { max-width: 62rem; margin: 1.5rem auto; padding: 0 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem;
  margin-bottom: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: .2rem 0 .8rem; } h2 { font-size: 1rem; margin: 0 0 .6rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .4rem .6rem;
  border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; }
code { background: var(--back); border: 1px solid var(--line); border-radius: 4px;
  padding: 0 .25rem; font-size: .9em; }
pre { white-space: pre-wrap; } .soft { color: var(--soft); }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 999px; padding: 0 .6rem;
  margin-right: .3rem;
  font-size: .85em; }
.bad { background: #cf222e; color: #fff; border-color: #cf222e; }
.good { background: #1a7f37; color: #fff; border-color: #1a7f37; }
"""


def page(title: str, vendor: str, accent: str, *sections: str) -> str:
    """A whole page; `sections` are markup made by the functions below."""
    style = _STYLE.replace("ACCENT", accent)
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><header><a href='/'>{escape(vendor)}</a> · local stand-in</header>"
        f"<main>{''.join(sections)}</main></body></html>"
    )


def section(heading: str, *parts: str) -> str:
    """A box with a heading."""
    return f"<section><h2>{escape(heading)}</h2>{''.join(parts)}</section>"


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> str:
    """Rows of markup under escaped heads; `empty` where there is no row."""
    if not rows:
        return f"<p class='soft'>{escape(empty)}</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def text(value: object) -> str:
    """Any value as text."""
    return escape(str(value))


def tag(value: str, tone: str = "") -> str:
    """A small label; `tone` is empty, `good` or `bad`."""
    return f"<span class='tag {tone}'>{escape(value)}</span>"


def link(href: str, label: str) -> str:
    """A link to http(s) or to a page of this server; any other address is shown as text."""
    if not href.startswith(("http://", "https://", "/")):
        return escape(f"{label} ({href})")
    return f"<a href='{escape(href)}' rel='noreferrer'>{escape(label)}</a>"
