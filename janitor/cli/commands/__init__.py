"""The commands: a module of `run(asked, session) -> Result` for each first word of `cli/arguments/verbs.py`."""
