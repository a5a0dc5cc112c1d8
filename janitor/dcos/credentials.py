"""What an operator gives to log in with, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.secret import Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the operator gave. Whatever is empty counts as not given (rule S3).

    A user with a password, or a service account with its private key (PEM), can log in; a token is used as it is.
    """

    token: Secret | None = None
    username: str | None = None
    password: Secret | None = None
    private_key: Secret | None = None

    @property
    def can_log_in(self) -> bool:
        """Whether there is a user, and a password or a key; one without the other is ignored, as the original does."""
        return bool(self.username and (self.password or self.private_key))
