"""The rooms an engine works with."""

from __future__ import annotations

from dataclasses import dataclass, field

from kmip_server.domain.policy import Policies
from kmip_server.domain.subscriber import Subscriber
from kmip_server.engine.announcing import Announcer
from kmip_server.engine.identity import Accounts
from kmip_server.engine.rules import RuleBook
from kmip_server.ports import Attesting, Certification, Ciphers, Codec, Facts, Sealer


@dataclass(slots=True)
class Rooms:
    """The rooms an engine works with, joined by the roof."""

    codec: Codec
    sealer: Sealer
    ciphers: Ciphers
    policies: Policies
    facts: Facts
    certification: Certification = field(default_factory=Certification)
    subscribers: tuple[Subscriber, ...] = ()
    """Who is told of events; nobody, and nothing is done for it."""
    client_certification: Certification = field(default_factory=Certification)
    """The same for the certificates that clients of this server come with (Re-Provision)."""
    watches_certificates: bool = False
    """Whether a client's certificate may have been replaced, so that every request must be asked for its own."""
    attesting: Attesting | None = None
    """Which operations want an attestation, and who judges it; None: none is accepted."""
    accounts: Accounts = field(default_factory=Accounts)
    """Who signs in by a credential that stands in the configuration."""
    rules: RuleBook = field(init=False)
    announcer: Announcer | None = field(init=False)

    def __post_init__(self) -> None:
        self.watches_certificates |= self.client_certification.issues
        self.rules = RuleBook(self.codec)
        self.announcer = Announcer(self.subscribers, self.policies, self.codec) if self.subscribers else None
