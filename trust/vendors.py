"""Whose an account is, where that is public: the list of known_aws_accounts."""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType


@lru_cache(maxsize=1)
def known_vendors() -> Mapping[str, str]:
    """Account id → the vendor's name; AWS's own accounts are called AWS with the service."""
    entries = json.loads(files("trust").joinpath("known_aws_accounts/accounts.json").read_text("utf-8"))
    found: dict[str, str] = {}
    for entry in entries:
        name = f"AWS {entry['name']}" if entry.get("type") == "aws" else entry["name"]
        if entry.get("enabled") is False:
            name += " (no longer used)"
        for account in entry["accounts"]:
            found.setdefault(account, name)
    return MappingProxyType(found)
