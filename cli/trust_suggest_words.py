"""A suggestion for people."""

import json
from collections.abc import Mapping
from typing import Any, TextIO

from rich.syntax import Syntax
from rich.text import Text

from cli.finding_panels import console


def show(fields: Mapping[str, Any], out: TextIO) -> None:
    """Print it: what stands, what changes, how far that is verified, and the snippets."""
    place = console(out)
    place.print(Text(f"{fields['role']}: {fields['why']}"), soft_wrap=True)
    found = fields["suggestion"]
    if found is None:
        place.print(Text("Nothing can be narrowed without guessing."))
    else:
        for change in found["changes"]:
            place.print(Text(f"  {change}"), soft_wrap=True)
        place.print(Text(f"{found['verified']}\n", style="bold"))
        for head, body, language in (
            ("What changes", found["diff"], "diff"),
            ("The policy", json.dumps(found["policy"], indent=2), "json"),
            ("CloudFormation", found["cloudformation"], "yaml"),
            ("Terraform", found["terraform"], "terraform"),
        ):
            place.print(Text(head, style="bold"))
            place.print(Syntax(body, language, background_color="default"), soft_wrap=True)
        for each in found["denies"]:
            place.print(Text(f"keeps out: {each}"), soft_wrap=True)
    for each in fields["advice"]:
        place.print(Text(f"to do by people: {each}"), soft_wrap=True)
    if fields["resource_control_policy"] is not None:
        place.print(Text("For the whole organisation, as a resource control policy", style="bold"))
        place.print(Syntax(json.dumps(fields["resource_control_policy"], indent=2), "json", background_color="default"))
