"""What all tests have."""

pytest_plugins = ["kit.plugin"]
