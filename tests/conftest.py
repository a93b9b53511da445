"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("no-times", deadline=None)
settings.load_profile("no-times")  # a test never asserts a time: machines are busy
