"""A sample of bad input over real TLS, each kind: refused by name, nothing left to be found, the connection goes on."""

from __future__ import annotations

import pytest

from kmip_server.operations.locate import LocateRequest
from kmip_server.spec.enums import Operation, ResultReason, ResultStatus
from kmip_server.spec.version import V1_0, V1_4, V2_1
from tests.e2e.server_process import ServerProcess
from tests.flows import error_recipes_making, error_recipes_more, error_recipes_older
from tests.flows.bad_input_cells import BAD_INPUT, CELLS, Cell
from tests.flows.client import Client

assert error_recipes_making and error_recipes_more and error_recipes_older
OPERATIONS = (
    *(Operation.CREATE, Operation.REGISTER, Operation.GET, Operation.ADD_ATTRIBUTE, Operation.DERIVE_KEY),
    *(Operation.REVOKE, Operation.ENCRYPT, Operation.SIGN, Operation.JOIN_SPLIT_KEY),
)
SAMPLE = [
    cell
    for cell in CELLS
    if cell.operation in OPERATIONS
    and cell.version in (V1_0, V1_4, V2_1)
    and cell.kind != "no permission"  # which is of policies, and the server has those of its installation
    and not isinstance(BAD_INPUT[cell.kind](cell), str)
]


@pytest.mark.parametrize("kind", [kind for kind in BAD_INPUT if kind != "no permission"])
def test_bad_input_is_refused_and_the_connection_goes_on(server: ServerProcess, kind: str) -> None:
    connection, client = server.client()
    cells = [cell for cell in SAMPLE if cell.kind == kind]
    assert cells
    with connection:
        for cell in cells:
            _require_refused(client.speaking(cell.version), cell)


def _require_refused(client: Client, cell: Cell) -> None:
    build = BAD_INPUT[cell.kind](cell)
    assert not isinstance(build, str)
    for asked in build(client):
        held = set(client.speaking(V2_1).do(LocateRequest()).unique_identifier)
        answer = client.one(asked)
        assert answer.status is ResultStatus.OPERATION_FAILED, cell
        assert answer.reason not in (None, ResultReason.GENERAL_FAILURE), cell
        left = set(client.speaking(V2_1).do(LocateRequest()).unique_identifier)
        assert left == held, cell
