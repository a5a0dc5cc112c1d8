"""What Janitor promises about speed, as ratios of one run on one machine: `./scripts/bench`."""
