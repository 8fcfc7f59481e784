"""The configuration: one TOML file, read once into frozen values; a wrong or unknown setting stops the start.

Every setting stands in one of the files beside this one with its default and its meaning (the text under it, which is
also its comment in ``conf/server.toml``): ``serving`` ([server], [tls], [limits]), ``keeping`` ([database],
[root_key]), ``access`` ([policy], [groups], [accounts]), ``attestation``, ``certificates`` ([certificates],
[provisioning]), ``subscribers``; [log] and the reading of the file itself in ``file``. ``section`` is what sections are
made of, ``text`` how they are written down.

Relative paths are relative to the folder of the configuration file. A secret is never a setting: the file names another
file or an environment variable that holds it (``secrets``).
"""

from kmip_server.config.access import Accounts, Groups, Policy
from kmip_server.config.certificates import Certificates, Provisioning
from kmip_server.config.file import Config, Log
from kmip_server.config.keeping import Database, RootKey
from kmip_server.config.secrets import read_secret
from kmip_server.config.section import ConfigurationError, Section
from kmip_server.config.serving import Limits, Server, Tls
from kmip_server.config.subscribers import Subscriber, Subscribers, object_type_of, query_function_of

__all__ = [
    "Accounts",
    "Certificates",
    "Config",
    "ConfigurationError",
    "Database",
    "Groups",
    "Limits",
    "Log",
    "Policy",
    "Provisioning",
    "RootKey",
    "Section",
    "Server",
    "Subscriber",
    "Subscribers",
    "Tls",
    "object_type_of",
    "query_function_of",
    "read_secret",
]
