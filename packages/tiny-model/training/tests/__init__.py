"""Fast tests: `python3 -m unittest` in the folder `training`."""
