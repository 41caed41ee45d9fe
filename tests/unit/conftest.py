"""Unit tests are judged by what they say, not by how busy the machine is."""

from hypothesis import settings

settings.register_profile(
    "unhurried", parent=settings.get_profile(settings.get_current_profile_name()), deadline=None
)
settings.load_profile("unhurried")
