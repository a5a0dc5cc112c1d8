"""Clusters that ask who one is."""

from __future__ import annotations

from typing import Any

from janitor.secret import Secret
from janitor.target import Credentials
from tests.engine.scene import Scene

TOKEN = "eyJhbGciOiJSUzI1NiJ9.a-token-of-the-viewer"


def as_user(scene: Scene, acls: dict[str, Any]) -> dict[str, Any]:
    """Have the cluster ask for tokens and hold to `acls`; what a target needs to be its user `viewer`."""
    scene.control.set_access(tokens={TOKEN: "viewer"}, acls=acls)
    return {"credentials": Credentials(token=Secret(TOKEN))}
