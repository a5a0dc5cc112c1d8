"""The examples of the help, as a test runs them."""

from __future__ import annotations

import shlex

from janitor.cli.guides import CLUSTER


def words_of(example: str, url: str = CLUSTER.split()[1]) -> list[str]:
    """What the program gets of an example, without what a shell or docker does with it. `url`: where the cluster is."""
    words = [word for word in shlex.split(example) if not word.startswith((">", "<"))]
    return [url if word == CLUSTER.split()[1] else word for word in words[words.index("janitor") + 1 :]]
