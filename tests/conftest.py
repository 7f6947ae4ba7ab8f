"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long one example takes says something of the machine only, which is shared with servers and a browser.
settings.register_profile("shared machine")
settings.load_profile("shared machine")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real inputs, `data` in HOPSTOP_SHARED (default ../shared); skips where absent."""
    data = (ROOT / os.environ.get("HOPSTOP_SHARED", "../shared")).resolve() / "data"
    if not data.is_dir():
        pytest.skip("no real inputs here: set HOPSTOP_SHARED to the folder that has them")
    return data
