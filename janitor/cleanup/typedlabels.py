"""A label that was very likely mistyped (rule S4). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from janitor import rules
from janitor.cleanup.case import Case
from janitor.cleanup.evidence import items_of, selects_nothing
from janitor.cleanup.near import keys_mistaken_for, nearest
from janitor.cleanup.outcome import Blocked, refused
from janitor.cleanup.refusals import clean_command
from janitor.holdings.owners import FRAMEWORK_LABELS
from janitor.mesos.resources import Resource
from janitor.message import do
from janitor.words import MOST_NAMES, called, listed


def mistyped_label(case: Case) -> Blocked | None:
    """No reservation of the role carries the key, and one of a near name is carried."""
    job = case.job
    if job.role is None or not job.labels or not selects_nothing(case):
        return None
    carried = _labels(items_of(case.snapshot, job.role))
    known = frozenset(framework.id for framework in case.snapshot.frameworks)
    for key, value in job.labels:
        if key in carried:
            continue
        near = keys_mistaken_for(key, carried)
        holding = [each for each in near if value in carried[each]]
        if not near or (key in FRAMEWORK_LABELS and value in known and not holding):
            continue  # a framework of this master's that left nothing: a second run
        meant = (holding or near)[0]
        labels = tuple((meant, text) if name == key else (name, text) for name, text in job.labels)
        return refused(
            rules.S4,
            f"Likely typo: no reservation of role {job.role} has a label {key}; they have "
            f"{listed(holding or near, MOST_NAMES)}.",
            [
                do("To select by that:", clean_command(replace(job, labels=labels)))
                if holding
                else f"The values of {called(meant)} there: {_values(value, carried[meant])}."
            ],
        )
    return None


def labels_not_found(case: Case) -> Iterator[str]:
    """The values that there are: another one may have been meant, or this one's are removed already."""
    job = case.job
    if job.role is None or not job.labels or not selects_nothing(case):
        return
    carried = _labels(items_of(case.snapshot, job.role))
    for key in dict.fromkeys(key for key, _ in job.labels):
        values = [value for name, value in job.labels if name == key]
        if not carried or not carried.get(key, frozenset()).isdisjoint(values):
            continue
        what = f"No reservation of role {job.role} has the label {' or '.join(f'{key}={value}' for value in values)}"
        if key in carried:
            yield f"{what}: nothing of it was found. The values of {key} there: {_values(values[0], carried[key])}."
        else:
            yield f"{what}: nothing of it was found. The labels there: {listed(sorted(carried), MOST_NAMES)}."


def _labels(items: Iterable[Resource]) -> Mapping[str, frozenset[str]]:
    """key -> the values that dynamic reservations carry."""
    found: dict[str, set[str]] = {}
    for item in items:
        if item.dynamic:
            for key, value in item.top.labels:
                found.setdefault(key, set()).add(value or "")
    return {key: frozenset(values) for key, values in found.items()}


def _values(value: str, values: frozenset[str]) -> str:
    near = nearest(value, values)
    return listed([*near, *sorted(values - {*near})], MOST_NAMES)
