"""What is kept in files: the audit log of a run, and plans that were saved to be approved."""
