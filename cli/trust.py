"""`hopstop trust`: who may assume what, as IAM is configured."""

import typer

from cli.trust_audit import audit
from cli.trust_graph import graph
from cli.trust_map import trust_map
from cli.trust_reach import reach
from cli.trust_suggest import suggest_role

app = typer.Typer(
    help="Look at trust policies: who gets in, the graph they make, and who reaches what.", no_args_is_help=True
)
app.command()(audit)
app.command(name="suggest")(suggest_role)
app.command()(graph)
app.command()(reach)
app.command("map")(trust_map)
