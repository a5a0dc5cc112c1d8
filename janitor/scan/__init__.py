"""What is left in a whole cluster: gathered, judged, and told with the command that removes it."""
