"""The commands: a module of `run(asked, env, engine) -> Ending` for each first word of `cli/arguments/verbs.py`."""
