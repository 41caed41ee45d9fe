"""Unit tests are judged by what they say, not by how busy the machine is."""

from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
_MEASURED = ("domain", "application")

settings.register_profile(
    "unhurried", parent=settings.get_profile(settings.get_current_profile_name()), deadline=None
)
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure coverage where the domain is tested, and the verbs on it; measuring makes all else slower."""
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.relative_to(HERE).parts[0] not in _MEASURED:
            item.add_marker("no_cover")
