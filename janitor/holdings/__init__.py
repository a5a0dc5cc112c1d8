"""What everything in a cluster is held by, and whether its owner is still there. Pure: values in, values out."""
