"""What can go wrong, sorted by what to do next."""


class HopstopError(Exception):
    """The root of hopstop's own errors; its text is one line that may be shown to anyone."""


class Malformed(HopstopError):
    """The sender must fix what it sent; trying again cannot help."""


class Misused(Malformed):
    """The command line names what is not there or cannot be read: usage, exit 2."""


class Refused(HopstopError):
    """The vendor said no; trying again cannot help and a human is told."""


class NotFound(Refused):
    """The vendor knows no such thing."""


class WrongTarget(Refused):
    """The thing to act on is not the thing that was found (a re-created name)."""


class Unavailable(HopstopError):
    """The vendor could not answer now; try again, after `retry_after_s` seconds where the vendor said so."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
