"""The end of a certificate's validity, asked at each new connection because a resumed session is not verified again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmip_server.transport.peers import has_ended

NOON = datetime(2031, 5, 17, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("not_after", "over"),
    [
        (b"20310517115959Z", True),
        (b"20310517120000Z", False),
        (b"20310517120001Z", False),
        (b"20301231235959Z", True),
        (b"20320101000000Z", False),
        (b"99991231235959Z", False),
    ],
)
def test_validity_ends_after_its_last_second(not_after: bytes, over: bool) -> None:
    assert has_ended(not_after, NOON) is over


@pytest.mark.parametrize(
    "not_after", [None, b"", b"99991231235959", b"991231235959Z", b"99991231235959+", b"9999123123595:Z", b"x" * 15]
)
def test_what_cannot_be_read_has_ended(not_after: bytes | None) -> None:
    assert has_ended(not_after, NOON)


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)),
    st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)),
)
def test_texts_are_ordered_as_the_moments_are(end: datetime, now: datetime) -> None:
    end, now = (each.replace(microsecond=0, tzinfo=UTC) for each in (end, now))
    assert has_ended(end.strftime("%Y%m%d%H%M%SZ").rjust(15, "0").encode(), now.timestamp()) is (end < now)
