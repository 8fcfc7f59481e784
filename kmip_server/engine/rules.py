"""The defaults and constraints that hold, kept in the store as KMIP's own structures (2.1 §7.7, §7.11)."""

from __future__ import annotations

from kmip_server.domain.rules import FACTORY, Rules
from kmip_server.ports import Codec, Transaction
from kmip_server.spec.structures.query import Constraints, DefaultsInformation

_DEFAULTS = "defaults information"
_CONSTRAINTS = "constraints"
BEFORE_ANY = Rules(FACTORY)
"""What holds until somebody sets something."""


class RuleBook:
    """Reads the rules of a transaction; what was unpacked last is unpacked once."""

    __slots__ = ("_codec", "_known", "_packed")

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._packed: tuple[bytes | None, bytes | None] = (None, None)
        self._known = BEFORE_ANY

    def read(self, tx: Transaction) -> Rules:
        """The rules as they stand in the store now."""
        packed = tx.setting(_DEFAULTS), tx.setting(_CONSTRAINTS)
        if packed != self._packed:
            defaults, constraints = packed
            unpack = self._codec.unpack_structure
            self._known = Rules(
                FACTORY if defaults is None else unpack(DefaultsInformation, defaults),
                Constraints() if constraints is None else unpack(Constraints, constraints),
            )
            self._packed = packed
        return self._known

    def write_defaults(self, tx: Transaction, defaults: DefaultsInformation | None) -> None:
        """Replace the defaults; None takes all of them away."""
        # 2.1 §6.1.53: "the semantic is to remove all Object Defaults from the server", its own among them.
        tx.put_setting(_DEFAULTS, self._codec.pack_structure(defaults or DefaultsInformation()))

    def write_constraints(self, tx: Transaction, constraints: Constraints) -> None:
        """Replace the constraints."""
        tx.put_setting(_CONSTRAINTS, self._codec.pack_structure(constraints))
