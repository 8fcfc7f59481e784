"""Attributes: one row each, with the standard's own table of rules (KMIP 2.1 §4, 1.4 §3).

A row reads: tag, what it holds, where the standard prints it; then only what departs from the commonest
rule: set by the server, changed by nobody, one instance, no value required, any object, every version.

Where versions print different rules there are three cases. An operation that a version lacks is never
asked about in that version, so ``implicitly_set_by`` holds all of them. Up to 1.4 many attributes belonged to
fewer kinds of object: ``objects_before_2``. A value that 2.0 began to require: ``Always.since``.

KMIP 3.0: its specification text is not at hand. Rows since V3_0 come from its test cases and registries; they
take the rules of the 2.1 attribute that they replace.
"""

from __future__ import annotations

from kmip_server.spec.attribute_rules import Always, AttributeRow, May, SetBy
from kmip_server.spec.attribute_values import LINK_TAGS, AttributeKey, VendorName
from kmip_server.spec.enums import (
    CertificateType,
    CryptographicAlgorithm,
    DigitalSignatureAlgorithm,
    KeyFormatType,
    NistKeyType,
    ObjectClass,
    ObjectType,
    Operation,
    ProtectionLevel,
    State,
)
from kmip_server.spec.masks import CryptographicUsageMask, ProtectionStorageMask
from kmip_server.spec.schema import Special
from kmip_server.spec.structures.attributes import (
    AlternativeName,
    ApplicationSpecificInformation,
    CertificateIdentifier,
    CertificateIssuer,
    CertificateSubject,
    Digest,
    KeyValueLocation,
    Link,
    Name,
    RevocationReason,
    RotateName,
    UsageLimits,
    X509CertificateIdentifier,
    X509CertificateIssuer,
    X509CertificateSubject,
)
from kmip_server.spec.structures.parameters import (
    CryptographicDomainParameters,
    CryptographicParameters,
    RngParameters,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_1, V1_2, V1_3, V1_4, V2_0, V2_1, V3_0

# Kinds of object, in the standard's words (1.4 §2.2).
CERTIFICATES = frozenset({ObjectType.CERTIFICATE})
OPAQUE_OBJECTS = frozenset({ObjectType.OPAQUE_OBJECT})
PGP_KEYS = frozenset({ObjectType.PGP_KEY})
TEMPLATES = frozenset({ObjectType.TEMPLATE})
KEY_PAIRS = frozenset({ObjectType.PUBLIC_KEY, ObjectType.PRIVATE_KEY})
SYMMETRIC = frozenset({ObjectType.SYMMETRIC_KEY, ObjectType.SPLIT_KEY})
KEYS = KEY_PAIRS | SYMMETRIC | PGP_KEYS
CRYPTOGRAPHIC = KEYS | CERTIFICATES | {ObjectType.SECRET_DATA}
"""All Cryptographic Objects: those that have a State (1.4 §3.22)."""
WITH_KEY_VALUE = SYMMETRIC | {ObjectType.PRIVATE_KEY, ObjectType.SECRET_DATA}

CLIENT, EITHER = SetBy.CLIENT, SetBy.CLIENT | SetBy.SERVER

YES = Always(required=True)
YES_SINCE_2 = Always(required=True, since=V2_0)
YES_BUT_OPAQUE = Always(required=True, except_for=OPAQUE_OBJECTS)
YES_BUT_OPAQUE_AND_SECRET = Always(required=True, except_for=OPAQUE_OBJECTS | {ObjectType.SECRET_DATA})
YES_IF_READABLE = Always(required=True, if_readable=True)

ALWAYS = May(ever=True)
UNTIL_4 = May(ever=True, while_in=frozenset({State.PRE_ACTIVE}))
"""Only while in Pre-Active state: until transition 4 (2.1 §4.57)."""
UNTIL_6 = May(ever=True, while_in=frozenset({State.PRE_ACTIVE, State.ACTIVE}))
"""Only while in Pre-Active or Active state: until transition 6 (2.1 §4.57)."""
UNTIL_REACHED = May(ever=True, while_in=UNTIL_6.while_in, before_own_date=True)
BEFORE_ALLOCATION = May(ever=True, before_allocation=True)
BY_ITS_MAKER = May(ever=True, by_its_maker=True)
IF_ABSENT = May(ever=True, if_absent=True)

# "When implicitly set".
_O = Operation
GENERATING = frozenset({_O.CREATE, _O.CREATE_KEY_PAIR, _O.DERIVE_KEY, _O.RE_KEY, _O.RE_KEY_KEY_PAIR})
MAKING_KEYS = GENERATING | {_O.REGISTER}
MAKING = MAKING_KEYS | {_O.CERTIFY, _O.RE_CERTIFY}
CERTIFYING = frozenset({_O.REGISTER, _O.CERTIFY, _O.RE_CERTIFY})
REKEYING = frozenset({_O.RE_KEY, _O.RE_KEY_KEY_PAIR})
REPLACING = REKEYING | {_O.RE_CERTIFY}
DATING = frozenset({_O.CREATE, _O.REGISTER, _O.DERIVE_KEY, _O.RE_KEY})
LINKING = REPLACING | {_O.CREATE_KEY_PAIR, _O.REGISTER, _O.DERIVE_KEY, _O.CERTIFY}
MOVING = frozenset({_O.ACTIVATE, _O.REVOKE, _O.DESTROY})
CHANGING = frozenset({_O.ADD_ATTRIBUTE, _O.MODIFY_ATTRIBUTE, _O.DELETE_ATTRIBUTE, _O.GET_USAGE_ALLOCATION})
SETTING = frozenset({_O.ADD_ATTRIBUTE, _O.MODIFY_ATTRIBUTE, _O.SET_ATTRIBUTE})
STORING = frozenset({_O.ARCHIVE, _O.RECOVER})
REGISTERING = frozenset({_O.REGISTER})
ARCHIVING = frozenset({_O.ARCHIVE})
DESTROYING = frozenset({_O.DESTROY})
REVOKING = frozenset({_O.REVOKE})

A = AttributeRow

# fmt: off
_ROWS: tuple[AttributeRow, ...] = (
    A(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, "2.1 §4.58", always=YES, implicitly_set_by=MAKING),
    A(Tag.NAME, Name, "2.1 §4.32", kind_since_3=ItemType.TEXT_STRING, set_by=CLIENT, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True, implicitly_set_by=REPLACING),
    A(Tag.OBJECT_TYPE, ObjectType, "2.1 §4.36", always=YES, implicitly_set_by=MAKING),
    A(Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm, "2.1 §4.13", always=YES_BUT_OPAQUE_AND_SECRET,
      objects_before_2=KEYS | CERTIFICATES | TEMPLATES, implicitly_set_by=MAKING),
    A(Tag.CRYPTOGRAPHIC_LENGTH, ItemType.INTEGER, "2.1 §4.15", always=YES_BUT_OPAQUE,
      objects_before_2=KEYS | CERTIFICATES | TEMPLATES, implicitly_set_by=MAKING),
    A(Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters, "2.1 §4.16", set_by=CLIENT, client_may_modify=ALWAYS,
      client_may_delete=ALWAYS, many=True, objects_before_2=KEYS | CERTIFICATES | TEMPLATES,
      implicitly_set_by=REPLACING),
    A(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, CryptographicDomainParameters, "2.1 §4.14", set_by=CLIENT,
      objects=KEY_PAIRS, objects_before_2=KEY_PAIRS | TEMPLATES, implicitly_set_by=REKEYING),
    A(Tag.CERTIFICATE_TYPE, CertificateType, "2.1 §4.7", always=YES, objects=CERTIFICATES,
      implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_IDENTIFIER, CertificateIdentifier, "1.4 §3.13", until=V1_4, always=YES, objects=CERTIFICATES,
      implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT, CertificateSubject, "1.4 §3.14", until=V1_4, always=YES, objects=CERTIFICATES,
      implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER, CertificateIssuer, "1.4 §3.15", until=V1_4, always=YES, objects=CERTIFICATES,
      implicitly_set_by=CERTIFYING),
    A(Tag.DIGEST, Digest, "2.1 §4.21", always=YES_IF_READABLE, many=True,
      objects_before_2=CRYPTOGRAPHIC | OPAQUE_OBJECTS, implicitly_set_by=MAKING),
    A(Tag.OPERATION_POLICY_NAME, ItemType.TEXT_STRING, "1.4 §3.18", until=V1_4, set_by=EITHER,
      server_may_modify=ALWAYS, implicitly_set_by=MAKING),
    A(Tag.CRYPTOGRAPHIC_USAGE_MASK, CryptographicUsageMask, "2.1 §4.17", always=YES_BUT_OPAQUE, set_by=EITHER,
      server_may_modify=ALWAYS, objects_before_2=CRYPTOGRAPHIC | TEMPLATES, implicitly_set_by=MAKING),
    A(Tag.LEASE_TIME, ItemType.INTERVAL, "2.1 §4.30", server_may_modify=ALWAYS, objects_before_2=CRYPTOGRAPHIC,
      implicitly_set_by=MAKING),
    A(Tag.USAGE_LIMITS, UsageLimits, "2.1 §4.59", set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=BEFORE_ALLOCATION, client_may_delete=BEFORE_ALLOCATION, objects_before_2=KEYS | TEMPLATES,
      implicitly_set_by=MAKING_KEYS | {_O.GET_USAGE_ALLOCATION}),
    # 1.4 Errata 01 §2.3 strikes out "All Cryptographic Objects", "clarifying lifecycle ... of Opaque Objects".
    A(Tag.STATE, State, "2.1 §4.57", always=YES, server_may_modify=ALWAYS, objects_before_2=CRYPTOGRAPHIC,
      objects_in_1_4=CRYPTOGRAPHIC | OPAQUE_OBJECTS, implicitly_set_by=MAKING | MOVING),
    A(Tag.INITIAL_DATE, ItemType.DATE_TIME, "2.1 §4.25", always=YES, implicitly_set_by=MAKING),
    A(Tag.ACTIVATION_DATE, ItemType.DATE_TIME, "2.1 §4.1", set_by=EITHER, server_may_modify=UNTIL_4,
      client_may_modify=UNTIL_4, objects_before_2=CRYPTOGRAPHIC | TEMPLATES,
      implicitly_set_by=MAKING | {_O.ACTIVATE}),
    A(Tag.PROCESS_START_DATE, ItemType.DATE_TIME, "2.1 §4.40", set_by=EITHER, server_may_modify=UNTIL_REACHED,
      client_may_modify=UNTIL_REACHED, objects_before_2=SYMMETRIC | TEMPLATES, implicitly_set_by=DATING),
    A(Tag.PROTECT_STOP_DATE, ItemType.DATE_TIME, "2.1 §4.41", set_by=EITHER, server_may_modify=UNTIL_REACHED,
      client_may_modify=UNTIL_REACHED, objects_before_2=SYMMETRIC | TEMPLATES, implicitly_set_by=DATING),
    A(Tag.DEACTIVATION_DATE, ItemType.DATE_TIME, "2.1 §4.18", set_by=EITHER, server_may_modify=UNTIL_6,
      client_may_modify=UNTIL_6, objects_before_2=CRYPTOGRAPHIC | TEMPLATES, implicitly_set_by=MAKING | {_O.REVOKE}),
    A(Tag.DESTROY_DATE, ItemType.DATE_TIME, "2.1 §4.20", objects_before_2=CRYPTOGRAPHIC | OPAQUE_OBJECTS,
      implicitly_set_by=DESTROYING),
    A(Tag.COMPROMISE_OCCURRENCE_DATE, ItemType.DATE_TIME, "2.1 §4.11",
      objects_before_2=CRYPTOGRAPHIC | OPAQUE_OBJECTS, implicitly_set_by=REVOKING),
    A(Tag.COMPROMISE_DATE, ItemType.DATE_TIME, "2.1 §4.10", objects_before_2=CRYPTOGRAPHIC | OPAQUE_OBJECTS,
      implicitly_set_by=REVOKING),
    A(Tag.REVOCATION_REASON, RevocationReason, "2.1 §4.47", server_may_modify=ALWAYS,
      objects_before_2=CRYPTOGRAPHIC | OPAQUE_OBJECTS, implicitly_set_by=REVOKING),
    A(Tag.ARCHIVE_DATE, ItemType.DATE_TIME, "2.1 §4.5", implicitly_set_by=ARCHIVING),
    A(Tag.OBJECT_GROUP, ItemType.TEXT_STRING, "2.1 §4.35", until=V2_1, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True, implicitly_set_by=MAKING),
    A(Tag.LINK, Link, "2.1 §4.31", until=V2_1, set_by=EITHER, server_may_modify=ALWAYS, client_may_modify=ALWAYS,
      client_may_delete=ALWAYS, many=True, objects_before_2=CRYPTOGRAPHIC, implicitly_set_by=LINKING),
    A(Tag.APPLICATION_SPECIFIC_INFORMATION, ApplicationSpecificInformation, "2.1 §4.4", set_by=EITHER,
      server_may_modify=IF_ABSENT, client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True,
      implicitly_set_by=REPLACING),
    A(Tag.CONTACT_INFORMATION, ItemType.TEXT_STRING, "2.1 §4.12", set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=MAKING),
    A(Tag.LAST_CHANGE_DATE, ItemType.DATE_TIME, "2.1 §4.29", always=YES, server_may_modify=ALWAYS,
      implicitly_set_by=MAKING | MOVING | CHANGING | STORING),
    A(Tag.CERTIFICATE_LENGTH, ItemType.INTEGER, "2.1 §4.8", since=V1_1, always=YES, objects=CERTIFICATES,
      implicitly_set_by=CERTIFYING),
    A(Tag.X_509_CERTIFICATE_IDENTIFIER, X509CertificateIdentifier, "2.1 §4.61", since=V1_1, always=YES,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.X_509_CERTIFICATE_SUBJECT, X509CertificateSubject, "2.1 §4.63", since=V1_1, always=YES,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.X_509_CERTIFICATE_ISSUER, X509CertificateIssuer, "2.1 §4.62", since=V1_1, always=YES, objects=CERTIFICATES,
      implicitly_set_by=CERTIFYING),
    # Many for PGP, one for X.509 (2.1 §4.22).
    A(Tag.DIGITAL_SIGNATURE_ALGORITHM, DigitalSignatureAlgorithm, "2.1 §4.22", since=V1_1, always=YES, many=True,
      objects=CERTIFICATES | PGP_KEYS, implicitly_set_by=CERTIFYING),
    A(Tag.FRESH, ItemType.BOOLEAN, "2.1 §4.24", since=V1_1, always=YES_SINCE_2, set_by=EITHER,
      server_may_modify=ALWAYS, objects_before_2=CRYPTOGRAPHIC, implicitly_set_by=MAKING),
    A(Tag.ALTERNATIVE_NAME, AlternativeName, "2.1 §4.2", since=V1_2, set_by=CLIENT, server_may_modify=IF_ABSENT,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True),
    A(Tag.KEY_VALUE_PRESENT, ItemType.BOOLEAN, "2.1 §4.28", since=V1_2, objects_before_2=WITH_KEY_VALUE,
      implicitly_set_by=REGISTERING),
    A(Tag.KEY_VALUE_LOCATION, KeyValueLocation, "2.1 §4.27", since=V1_2, set_by=CLIENT, client_may_modify=ALWAYS,
      client_may_delete=ALWAYS, many=True, objects_before_2=WITH_KEY_VALUE),
    A(Tag.ORIGINAL_CREATION_DATE, ItemType.DATE_TIME, "2.1 §4.38", since=V1_2, set_by=EITHER,
      implicitly_set_by=GENERATING),
    A(Tag.RANDOM_NUMBER_GENERATOR, RngParameters, "2.1 §4.46", since=V1_3, set_by=EITHER,
      objects_before_2=CRYPTOGRAPHIC, implicitly_set_by=GENERATING),
    A(Tag.PKCS_12_FRIENDLY_NAME, ItemType.TEXT_STRING, "2.1 §4.39", since=V1_4, set_by=EITHER,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, objects_before_2=CRYPTOGRAPHIC),
    A(Tag.DESCRIPTION, ItemType.TEXT_STRING, "2.1 §4.19", since=V1_4, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS),
    A(Tag.COMMENT, ItemType.TEXT_STRING, "2.1 §4.9", since=V1_4, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS),
    A(Tag.SENSITIVE, ItemType.BOOLEAN, "2.1 §4.55", since=V1_4, always=YES, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, implicitly_set_by=MAKING),
    A(Tag.ALWAYS_SENSITIVE, ItemType.BOOLEAN, "2.1 §4.3", since=V1_4, always=YES, server_may_modify=ALWAYS,
      implicitly_set_by=MAKING | SETTING),
    A(Tag.EXTRACTABLE, ItemType.BOOLEAN, "2.1 §4.23", since=V1_4, always=YES, set_by=EITHER,
      server_may_modify=ALWAYS, client_may_modify=ALWAYS, implicitly_set_by=MAKING),
    A(Tag.NEVER_EXTRACTABLE, ItemType.BOOLEAN, "2.1 §4.33", since=V1_4, always=YES, server_may_modify=ALWAYS,
      implicitly_set_by=MAKING | SETTING),
    A(Tag.KEY_FORMAT_TYPE, KeyFormatType, "2.1 §4.26", since=V2_0, always=YES),
    A(Tag.NIST_KEY_TYPE, NistKeyType, "2.1 §4.34", since=V2_0, set_by=CLIENT, many=True),
    A(Tag.OPAQUE_DATA_TYPE, ItemType.ENUMERATION, "2.1 §4.37", since=V2_0, always=YES, objects=OPAQUE_OBJECTS,
      implicitly_set_by=REGISTERING),
    A(Tag.PROTECTION_LEVEL, ProtectionLevel, "2.1 §4.42", since=V2_0, set_by=CLIENT, client_may_modify=ALWAYS,
      client_may_delete=ALWAYS),
    A(Tag.PROTECTION_PERIOD, ItemType.INTERVAL, "2.1 §4.43", since=V2_0, set_by=CLIENT, client_may_modify=ALWAYS,
      client_may_delete=ALWAYS),
    A(Tag.PROTECTION_STORAGE_MASK, ProtectionStorageMask, "2.1 §4.44", since=V2_0, always=YES,
      implicitly_set_by=MAKING),
    A(Tag.QUANTUM_SAFE, ItemType.BOOLEAN, "2.1 §4.45", since=V2_0, set_by=CLIENT, client_may_modify=ALWAYS,
      client_may_delete=ALWAYS),
    A(Tag.SHORT_UNIQUE_IDENTIFIER, ItemType.BYTE_STRING, "2.1 §4.56", since=V2_0, always=YES,
      implicitly_set_by=MAKING),
    A(Tag.ROTATE_AUTOMATIC, ItemType.BOOLEAN, "2.1 §4.48", since=V2_1, set_by=EITHER, server_may_modify=ALWAYS),
    A(Tag.ROTATE_DATE, ItemType.DATE_TIME, "2.1 §4.49", since=V2_1, implicitly_set_by=REPLACING),
    A(Tag.ROTATE_GENERATION, ItemType.INTEGER, "2.1 §4.50", since=V2_1, implicitly_set_by=REPLACING),
    A(Tag.ROTATE_INTERVAL, ItemType.INTERVAL, "2.1 §4.51", since=V2_1, set_by=EITHER, server_may_modify=ALWAYS,
      implicitly_set_by=MAKING),
    A(Tag.ROTATE_LATEST, ItemType.BOOLEAN, "2.1 §4.52", since=V2_1, server_may_modify=ALWAYS,
      implicitly_set_by=REPLACING),
    A(Tag.ROTATE_NAME, RotateName, "2.1 §4.53", kind_since_3=ItemType.TEXT_STRING, since=V2_1, set_by=CLIENT,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS),
    A(Tag.ROTATE_OFFSET, ItemType.INTERVAL, "2.1 §4.54", since=V2_1, set_by=EITHER, server_may_modify=ALWAYS,
      implicitly_set_by=MAKING),
    # Certificate Attributes: printed as one table, sent as one attribute each.
    A(Tag.CERTIFICATE_SUBJECT_CN, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_O, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_OU, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_EMAIL, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_C, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_ST, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_L, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_UID, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_SERIAL_NUMBER, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_TITLE, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_DC, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_SUBJECT_DN_QUALIFIER, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_CN, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_O, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_OU, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_EMAIL, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_C, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_ST, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_L, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_UID, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_SERIAL_NUMBER, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_TITLE, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_DC, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    A(Tag.CERTIFICATE_ISSUER_DN_QUALIFIER, ItemType.TEXT_STRING, "2.1 §4.6", since=V1_4, many=True,
      objects=CERTIFICATES, implicitly_set_by=CERTIFYING),
    # 3.0, seen in its test cases: each type of Link became an attribute.
    A(Tag.CREDENTIAL_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True, implicitly_set_by=LINKING),
    A(Tag.GROUP_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True, implicitly_set_by=LINKING),
    A(Tag.NEXT_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.PREVIOUS_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.PRIVATE_KEY_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.PUBLIC_KEY_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.OBJECT_CLASS, ObjectClass, "3.0", since=V3_0, always=YES, set_by=EITHER, implicitly_set_by=MAKING),
    # 3.0, from its registries only.
    A(Tag.CERTIFICATE_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True, implicitly_set_by=LINKING),
    A(Tag.CHILD_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True, implicitly_set_by=LINKING),
    A(Tag.DERIVATION_OBJECT_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER,
      server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True, implicitly_set_by=LINKING),
    A(Tag.DERIVED_OBJECT_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True, implicitly_set_by=LINKING),
    A(Tag.PARENT_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.PKCS_12_CERTIFICATE_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER,
      server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.PKCS_12_PASSWORD_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER,
      server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.REPLACED_OBJECT_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.REPLACEMENT_OBJECT_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER,
      server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.WRAPPING_KEY_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.PASSWORD_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.SPLIT_KEY_BASE_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER, server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.JOINED_SPLIT_KEY_PARTS_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER,
      server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, many=True, implicitly_set_by=LINKING),
    A(Tag.CERTIFICATE_REQUEST_LINK, Special.UNIQUE_IDENTIFIER, "3.0", since=V3_0, set_by=EITHER,
      server_may_modify=ALWAYS,
      client_may_modify=ALWAYS, client_may_delete=ALWAYS, implicitly_set_by=LINKING),
    A(Tag.CERTIFY_COUNTER, ItemType.LONG_INTEGER, "3.0", since=V3_0, server_may_modify=ALWAYS,
      implicitly_set_by=frozenset({_O.CERTIFY})),
    A(Tag.DECRYPT_COUNTER, ItemType.LONG_INTEGER, "3.0", since=V3_0, server_may_modify=ALWAYS,
      implicitly_set_by=frozenset({_O.DECRYPT})),
    A(Tag.ENCRYPT_COUNTER, ItemType.LONG_INTEGER, "3.0", since=V3_0, server_may_modify=ALWAYS,
      implicitly_set_by=frozenset({_O.ENCRYPT})),
    A(Tag.SIGN_COUNTER, ItemType.LONG_INTEGER, "3.0", since=V3_0, server_may_modify=ALWAYS,
      implicitly_set_by=frozenset({_O.SIGN})),
    A(Tag.SIGNATURE_VERIFY_COUNTER, ItemType.LONG_INTEGER, "3.0", since=V3_0, server_may_modify=ALWAYS,
      implicitly_set_by=frozenset({_O.SIGNATURE_VERIFY})),
    A(Tag.NIST_SECURITY_CATEGORY, ItemType.INTEGER, "3.0", since=V3_0, implicitly_set_by=MAKING_KEYS),
)
# fmt: on

ATTRIBUTES: dict[Tag, AttributeRow] = {row.tag: row for row in _ROWS}
"""Every attribute of the standard, by its tag."""

VENDOR_ATTRIBUTE = A(
    Tag.ATTRIBUTE, Special.ANY, "2.1 §4.60", set_by=EITHER, server_may_modify=BY_ITS_MAKER,
    client_may_modify=BY_ITS_MAKER, client_may_delete=BY_ITS_MAKER, many=True, implicitly_set_by=MAKING | MOVING,
)  # fmt: skip
"""Every attribute that is not the standard's: 1.x calls it Custom Attribute (1.4 §3.39), 2.0 Vendor Attribute.

2.x prints no rules for it; those of 1.4 stand."""

_BY_NAME: dict[str, AttributeRow] = {row.name: row for row in _ROWS if row.since < V2_0}


_TITLES = frozenset({*_BY_NAME, *(tag.title for tag in (*ATTRIBUTES, *LINK_TAGS.values()))})


def is_attribute(title: str) -> bool:
    """Whether any version has an attribute of this title."""
    return title in _TITLES


def by_name(name: str) -> AttributeRow | None:
    """The row that a 1.x Attribute Name means, letter for letter; None for a name that is not the standard's."""
    return _BY_NAME.get(name)


def row_of(key: AttributeKey) -> AttributeRow | None:
    """The row of an attribute in a message; None for a tag that is no attribute."""
    return VENDOR_ATTRIBUTE if isinstance(key, VendorName) else ATTRIBUTES.get(key)
