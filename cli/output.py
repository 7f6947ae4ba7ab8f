"""Where words go: stdout is data, stderr is talk."""

import sys


def data(line: str) -> None:
    """One line of data."""
    sys.stdout.write(line + "\n")


def talk(line: str) -> None:
    """One line for a person."""
    sys.stderr.write(line + "\n")
