from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kmip_server.vault import wrapped as form

PARTS = st.lists(st.binary(max_size=6), max_size=4)


@given(PARTS, PARTS)
def test_labelled_never_joins_different_parts_to_the_same_bytes(one: list[bytes], other: list[bytes]) -> None:
    assert (form.labelled(b"x", *one) == form.labelled(b"x", *other)) == (one == other)


def test_the_label_is_not_confused_with_a_part() -> None:
    assert form.labelled(b"a", b"b") != form.labelled(b"ab")
    assert form.labelled(b"a", b"b") != form.labelled(b"b", b"a")


def test_the_published_check_block_is_no_counter_block_of_a_kek() -> None:
    # GCM with a 12-byte nonce encrypts counters 1 (for the tag), 2 and 3 (for 32 bytes): SP 800-38D §7.1.
    assert len(form.CHECK_BLOCK) == 16
    assert int.from_bytes(form.CHECK_BLOCK[12:], "big") > 3
