"""What the end-to-end tests share: one server for those of a module that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.server_process import ServerProcess, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A running server; when its module is done it must stop in good order and have logged no failure."""
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running
