"""Pictures are drawn by matplotlib, where it is installed; nothing else needs it."""

from pathlib import Path
from typing import Any

from model.errors import Malformed, Refused
from model.text import clean

KINDS = (".png", ".svg", ".pdf")


def kind_of(file: Path) -> str:
    """What the file is to be, by its ending. Raises Malformed for any other."""
    if file.suffix.lower() not in KINDS:
        raise Malformed(
            f"--picture: {clean(file.name, 100)} is none of {', '.join(KINDS)}; give the file such an ending"
        )
    return file.suffix.lower()


def plotting() -> Any:
    """The figures of matplotlib, without any window. Raises Refused where it is not installed."""
    try:
        from matplotlib import figure  # noqa: PLC0415 - an extra that few need, and slow to begin
    except ImportError:
        raise Refused("--picture needs matplotlib, which is not installed: pip install 'matplotlib>=3.10,<4'") from None
    return figure


def save(figure: Any, file: Path) -> None:
    """Write a figure. Raises Refused where the file cannot be written."""
    try:
        figure.savefig(file, format=kind_of(file)[1:], dpi=150)
    except OSError as error:
        raise Refused(f"--picture: {clean(str(file), 200)} cannot be written ({error.strerror})") from None
