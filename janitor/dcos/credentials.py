"""What an operator gives to log in with, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from janitor.redact import Redactor
from janitor.secret import Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the operator gave. Whatever is empty counts as not given (rule S3).

    A user with a password, or a service account with its private key (PEM), can log in; a token is used as it is.
    `redact` blanks them out of what is shown; what a login brings is told to it, too.
    """

    token: Secret | None = None
    username: str | None = None
    password: Secret | None = None
    private_key: Secret | None = None
    redact: Redactor = field(default_factory=Redactor, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.redact.hide(self.token, self.password, self.private_key)

    @property
    def can_log_in(self) -> bool:
        """Whether there is a user, and a password or a key; one without the other is ignored, as the original does."""
        return bool(self.username and (self.password or self.private_key))
