"""What people's decisions teach the judge."""

from typing import Protocol

from temporalio import activity

from model.frozen import Frozen
from model.journal import Lesson


class School(Protocol):
    """Where lessons wait for the judge (activities.ports.Store)."""

    def teach(self, lesson: Lesson) -> None:
        """Keep what people said until a judge takes it in; the same lesson twice is one."""
        ...


class Verdicts(Frozen):
    """What one decision said of every finding of a case."""

    lessons: tuple[Lesson, ...]


class Teaching:
    """Hands verdicts to whoever judges."""

    def __init__(self, school: School) -> None:
        self._school = school

    @activity.defn(name="Detect: take verdict")
    def take(self, verdicts: Verdicts) -> None:
        """Keep the lessons for the judge."""
        for lesson in verdicts.lessons:
            self._school.teach(lesson)
