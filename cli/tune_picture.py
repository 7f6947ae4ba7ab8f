"""The trade-off as a picture: alerts a week at each step, and the attacks that are caught with them."""

from pathlib import Path

from cli.pictures import kind_of, plotting, save
from cli.tune_words import Tuned

_BLUE, _GREEN, _RED, _GREY = "#4f7cac", "#3b8554", "#c0392b", "#59636e"


def draw(tuned: Tuned, file: Path) -> None:
    """Write the picture. Raises Malformed for an ending that is none, Refused where it cannot be drawn or written."""
    kind_of(file)
    figure = plotting().Figure(figsize=(9, 1.6 + 0.5 * len(tuned.path)), layout="constrained")
    axes = figure.subplots()
    places = range(len(tuned.path))
    values = [step.outcome.a_week for step in tuned.path]
    colours = [_GREEN if value <= tuned.budget else _BLUE for value in values]
    axes.barh(places, values, color=colours)
    axes.axvline(tuned.budget, color=_RED, lw=1.2, ls="--")
    axes.set_yticks(places, [_name(tuned, number) for number in places])
    axes.invert_yaxis()
    axes.set_xlim(0, max([*values, tuned.budget]) * 1.25 or 1)
    for place, step in zip(places, tuned.path, strict=True):
        caught = f", {len(step.outcome.caught)} of {len(tuned.attacks)} attacks" if tuned.attacks else ""
        axes.text(
            step.outcome.a_week, place, f"  {step.outcome.a_week:.1f}{caught}", va="center", color=_GREY, fontsize=9
        )
    axes.set_xlabel(
        f"medium and high findings a week, over {tuned.weeks:.1f} weeks (dashed: the budget, {tuned.budget:g})"
    )
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, file)


def _name(tuned: Tuned, number: int) -> str:
    changes = tuned.path[number].changes
    return "\n".join(f"{name} {old:g} → {new:g}" for name, (old, new) in changes.items()) or "as it is"
