from __future__ import annotations

import copy
import json
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.secret import Secret


@given(
    st.text(min_size=8, alphabet=st.characters(min_codepoint=33, max_codepoint=126)).filter(
        lambda text: text not in "Secret(***)"
    )
)
def test_nothing_that_shows_a_secret_shows_the_text(text: str) -> None:
    """Invariant 6."""
    secret = Secret(text)
    record = logging.LogRecord("x", logging.INFO, "x", 1, "%s %r", (secret, secret), None)
    for shown in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        repr([secret]),
        record.getMessage(),
        "{}".format(secret),  # noqa: UP032  # another way to show it than the f-string above
    ):
        assert text not in shown
    assert secret.reveal() == text


def test_an_empty_secret_is_falsy() -> None:
    """S3: an empty token is no token."""
    assert not Secret("")
    assert Secret("x")
    assert repr(Secret("")) == "Secret()"


def test_secrets_compare_by_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


@pytest.mark.parametrize("store", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_a_secret_is_not_stored(store: object) -> None:
    assert callable(store)
    with pytest.raises(TypeError):
        store(Secret("x"))
