"""Janitor removes what a Mesos or DC/OS service left behind, only that, and proves that it is gone."""

__version__ = "0.1.0"
