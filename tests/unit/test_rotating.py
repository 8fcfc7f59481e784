"""The clock of automatic rotation."""

from __future__ import annotations

import threading
import time

from kmip_server.ports import StoreError
from kmip_server.rotating import RotationTimer


def test_it_asks_again_and_again_until_it_is_stopped_and_a_failure_does_not_end_it() -> None:
    asked: list[float] = []
    thrice = threading.Event()

    def rotate() -> int:
        asked.append(time.monotonic())
        if len(asked) == 3:
            thrice.set()
        if len(asked) == 1:
            raise StoreError("the database is away")
        return 0

    timer = RotationTimer(rotate, 0.01)
    timer.start()
    assert thrice.wait(10)
    timer.stop()
    count = len(asked)
    time.sleep(0.05)
    assert len(asked) == count


def test_one_that_never_began_can_be_stopped() -> None:
    RotationTimer(lambda: 0, 1).stop()
