"""What the ARN of a role says behind `role/`."""

_LINKED = "aws-service-role/"


def role_path(arn: str | None) -> str | None:
    """A role's path and name (`aws-service-role/x/y`); None where the ARN is no role's. An IAM path may hold any text,
    `:role/` as well, so only the beginning of the ARN's sixth field counts."""
    parts = (arn or "").split(":", 5)
    return parts[5][5:] if len(parts) == 6 and parts[5].startswith("role/") else None


def is_linked(arn: str | None) -> bool:
    """Whether it is a service-linked role, which nobody but AWS can use or change."""
    return (role_path(arn) or "").startswith(_LINKED)
