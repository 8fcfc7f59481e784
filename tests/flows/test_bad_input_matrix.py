"""Every kind of bad input, operation and version: refused in the words of the standard, or named why it cannot be.

"The reply names the standard's own reason; nothing half-done remains; the connection goes on."
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from cryptography import x509

from kmip_server.engine.identity import GroupSettings, identify_certificate
from kmip_server.spec.enums import Operation, ResultReason, ResultStatus
from tests.authority import Key, certificate_of, der, give_authority, new_key
from tests.flows import error_recipes_making, error_recipes_more, error_recipes_older
from tests.flows.bad_input_cells import BAD_INPUT, CELLS, EXPECTED, Cell
from tests.flows.client import Client
from tests.flows.test_bad_input import contents, goes_on, require_printed
from tests.flows.test_error_tables import forbid

Op = Operation
_KEY: Key = new_key()
_CERTIFICATE: x509.Certificate = certificate_of(_KEY, "CN=Authority")
assert error_recipes_making and error_recipes_more and error_recipes_older
RUN = [cell for cell in CELLS if not isinstance(BAD_INPUT[cell.kind](cell), str)]


@pytest.fixture
def client(make_server: Any, request: pytest.FixtureRequest) -> Client:
    """Alice, in the cell's version, on a server that serves everything."""
    cell: Cell = request.node.callspec.params["cell"]
    server = make_server(interop=True)
    if cell.operation in (Op.CERTIFY, Op.RE_CERTIFY):
        give_authority(server, key=_KEY, certificate=_CERTIFICATE)
    if cell.operation is Op.RE_PROVISION:
        give_authority(server, key=_KEY, certificate=_CERTIFICATE, for_clients=True)
        own = certificate_of(new_key(), "CN=alice", signer=_KEY, issuer_text="CN=Authority", ca=None)
        return Client(server, cell.version, identify_certificate(der(own), "127.0.0.1", GroupSettings()))
    return Client(server, cell.version)


@pytest.mark.parametrize("cell", RUN, ids=str)
def test_it_is_refused_and_leaves_nothing(client: Client, cell: Cell) -> None:
    build = BAD_INPUT[cell.kind](cell)
    assert not isinstance(build, str)
    usual = client.server.engine.rooms.policies
    forbidding = forbid(client, cell.operation) if cell.kind == "no permission" else usual
    asked = build(client)
    assert asked
    client.server.engine.rooms.policies = forbidding
    for each in asked:
        before = contents(client)
        answer = client.one(each)
        assert answer.status is ResultStatus.OPERATION_FAILED, "it succeeded"
        assert answer.reason is not None and answer.reason is not ResultReason.GENERAL_FAILURE, answer.message
        assert answer.reason in EXPECTED.get(cell.kind, {answer.reason}), answer.message
        assert contents(client) == before
        if answer.operation is not None:
            require_printed(client.version, answer)
        else:  # 1.4 §11.1: "Message cannot be parsed"
            assert cell.kind == "oversize" and answer.reason is ResultReason.INVALID_MESSAGE
    client.server.engine.rooms.policies = usual
    goes_on(client)


def test_every_cell_runs_or_says_why_not() -> None:
    """The reasons are of the payload class, of the operation's text, or in a table beside it; none is empty."""
    why = Counter(found for cell in CELLS if isinstance(found := BAD_INPUT[cell.kind](cell), str))
    assert all(why)
    assert len(BAD_INPUT) == 12
    assert len(RUN) + why.total() == len(CELLS)
