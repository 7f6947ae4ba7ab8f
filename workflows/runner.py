"""The sandbox in which workflow code runs."""

from typing import Any

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.kept_code import keep_code

PURE = ("model", "trust", "activities", "pydantic", "pydantic_core", "annotated_types", "msgspec", "typing_inspection")
"""Passed through: values and functions of their arguments alone, and the references to activities. Playbooks and
workflows are not among them: the sandbox watches every line of those."""


class _Runner(SandboxedWorkflowRunner):
    def prepare_workflow(self, defn: Any) -> None:
        keep_code()
        super().prepare_workflow(defn)


RUNNER = _Runner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PURE))
