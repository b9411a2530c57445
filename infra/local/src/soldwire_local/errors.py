"""The errors a person sees: what went wrong and what to do about it."""


class LocalError(Exception):
    """A failure with a remedy; the command prints both and no traceback."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n  what helps: {self.remedy}" if self.remedy else message
