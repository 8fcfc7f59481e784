"""The random number generator takes seeds and never depends on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmip_server.crypto import rng


def test_a_seed_is_written_to_the_kernels_pool_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = tmp_path / "pool"
    monkeypatch.setattr(rng, "_POOL", str(pool))
    assert rng.mix_in(b"seed") == 4
    assert pool.read_bytes() == b"seed"


def test_the_real_pool_takes_one() -> None:
    assert rng.mix_in(bytes(64)) == 64


def test_no_seed_and_no_pool_take_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rng.mix_in(b"") == 0
    monkeypatch.setattr(rng, "_POOL", str(tmp_path / "none" / "pool"))
    assert rng.mix_in(b"seed") == 0


def test_the_same_seed_gives_other_bytes() -> None:
    drawn = set()
    for _ in range(4):
        rng.mix_in(b"the same")
        drawn.add(rng.random_bytes(16))
    assert len(drawn) == 4
