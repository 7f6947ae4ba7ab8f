"""The sandbox in which workflow code runs."""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PURE = ("model", "trust", "activities", "pydantic", "pydantic_core", "annotated_types", "msgspec", "typing_inspection")
"""Passed through: values and functions of their arguments alone, and the references to activities. Playbooks and
workflows are not among them: the sandbox watches every line of those."""

RUNNER = SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PURE))
