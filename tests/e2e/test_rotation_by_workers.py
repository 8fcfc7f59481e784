"""A key that is due is re-keyed by a running server, by one of its workers, while no client says anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kmip_server.audit import verify
from kmip_server.spec.enums import LinkType
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1
from kmip_server.store import open_store
from tests.e2e.server_process import ServerProcess, serving
from tests.flows.client import EVERY_USE, aes
from tests.postgres import postgres_database
from tests.store_kit import CODEC

NUMBER = 8
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    settings: dict[str, dict[str, Any]] = {"server": {"workers": 2, "rotation_seconds": 0.2}}
    if request.param == "postgresql":
        settings["database"] = {"url": postgres_database()}
    with serving(tmp_path_factory.mktemp("rotating"), settings) as running:
        running.url = settings.get("database", {}).get("url") or f"sqlite:///{running.state}/kmip.db"  # type: ignore[attr-defined]
        yield running


def test_workers_rotate_each_key_once(server: ServerProcess) -> None:
    connection, client = server.client(version=V2_1)
    with connection:
        given = aes(256, EVERY_USE, (Tag.ROTATE_AUTOMATIC, True), (Tag.ROTATE_INTERVAL, 2))
        old = [client.create(given) for _ in range(NUMBER)]

        def all_rotated() -> bool:
            return all(client.shown(uid, Tag.ROTATE_LATEST).get(Tag.ROTATE_LATEST) == [False] for uid in old)

        server.wait_for(all_rotated, "the keys were not rotated")
        for uid in old:
            kinds = [each.link_type for each in client.shown(uid, Tag.LINK)[Tag.LINK]]
            assert kinds == [LinkType.REPLACEMENT_OBJECT_LINK]
    store = open_store(server.url, CODEC)  # type: ignore[attr-defined]
    try:
        deeds = [row.fields for row in store.audit_rows() if "automatic rotation" in row.fields]
        rotated = [next(uid for uid in old if uid in fields) for fields in deeds if any(uid in fields for uid in old)]
        assert sorted(rotated) == sorted(old)
        assert not list(verify(store.audit_rows(), store.audit_head()))
    finally:
        store.close()
