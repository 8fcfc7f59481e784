"""The command ``kmip-server``: one function a command, each with its help and examples.

``making``, ``serving``, ``clients``, ``users``, ``subscribers`` and ``auditing`` hold the commands, ``choosing`` which
configuration they work with, ``program`` what is around them. Results go to standard output. A mistake is one sentence
on standard error, never a traceback: exit status 2 where the command line or the configuration is wrong, 1 where
something failed. The rooms are imported by the commands that need them, so that ``--help`` answers at once.
"""

from kmip_server.cli import auditing, clients, making, serving, subscribers, users
from kmip_server.cli.making import HEADING
from kmip_server.cli.program import commands, main

__all__ = ["HEADING", "auditing", "clients", "commands", "main", "making", "serving", "subscribers", "users"]
