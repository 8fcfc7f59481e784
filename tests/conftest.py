"""What all tests share."""

from __future__ import annotations

import pytest


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name a parameter of bytes by its argument: keys are made anew in each process, names must not be."""
    return argname if isinstance(val, bytes) else None
