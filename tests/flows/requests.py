"""The request payloads under the names of their operations, for tests that read like what a client does."""

from kmip_server.operations.activate import ActivateRequest as Activate
from kmip_server.operations.add_attribute import AddAttributeRequest as AddAttribute
from kmip_server.operations.adjust_attribute import AdjustAttributeRequest as AdjustAttribute
from kmip_server.operations.archive import ArchiveRequest as Archive
from kmip_server.operations.check import CheckRequest as Check
from kmip_server.operations.create import CreateRequest as Create
from kmip_server.operations.create_key_pair import CreateKeyPairRequest as CreateKeyPair
from kmip_server.operations.create_split_key import CreateSplitKeyRequest as CreateSplitKey
from kmip_server.operations.decrypt import DecryptRequest as Decrypt
from kmip_server.operations.delete_attribute import DeleteAttributeRequest as DeleteAttribute
from kmip_server.operations.derive_key import DeriveKeyRequest as DeriveKey
from kmip_server.operations.destroy import DestroyRequest as Destroy
from kmip_server.operations.discover_versions import DiscoverVersionsRequest as DiscoverVersions
from kmip_server.operations.encrypt import EncryptRequest as Encrypt
from kmip_server.operations.export import ExportRequest as Export
from kmip_server.operations.get import GetRequest as Get
from kmip_server.operations.get_attribute_list import GetAttributeListRequest as GetAttributeList
from kmip_server.operations.get_attributes import GetAttributesRequest as GetAttributes
from kmip_server.operations.get_constraints import GetConstraintsRequest as GetConstraints
from kmip_server.operations.get_usage_allocation import GetUsageAllocationRequest as GetUsageAllocation
from kmip_server.operations.hash import HashRequest as Hash
from kmip_server.operations.import_ import ImportRequest as Import
from kmip_server.operations.interop import InteropRequest as Interop
from kmip_server.operations.join_split_key import JoinSplitKeyRequest as JoinSplitKey
from kmip_server.operations.locate import LocateRequest as Locate
from kmip_server.operations.log import LogRequest as Log
from kmip_server.operations.mac import MacRequest as Mac
from kmip_server.operations.mac_verify import MacVerifyRequest as MacVerify
from kmip_server.operations.modify_attribute import ModifyAttributeRequest as ModifyAttribute
from kmip_server.operations.obtain_lease import ObtainLeaseRequest as ObtainLease
from kmip_server.operations.ping import PingRequest as Ping
from kmip_server.operations.query import QueryRequest as Query
from kmip_server.operations.re_key import RekeyRequest as Rekey
from kmip_server.operations.re_key_key_pair import RekeyKeyPairRequest as RekeyKeyPair
from kmip_server.operations.recover import RecoverRequest as Recover
from kmip_server.operations.register import RegisterRequest as Register
from kmip_server.operations.revoke import RevokeRequest
from kmip_server.operations.rng_retrieve import RngRetrieveRequest as RngRetrieve
from kmip_server.operations.rng_seed import RngSeedRequest as RngSeed
from kmip_server.operations.set_attribute import SetAttributeRequest as SetAttribute
from kmip_server.operations.set_constraints import SetConstraintsRequest as SetConstraints
from kmip_server.operations.set_defaults import SetDefaultsRequest as SetDefaults
from kmip_server.operations.set_endpoint_role import SetEndpointRoleRequest as SetEndpointRole
from kmip_server.operations.sign import SignRequest as Sign
from kmip_server.operations.signature_verify import SignatureVerifyRequest as SignatureVerify
from kmip_server.spec.enums import RevocationReasonCode
from kmip_server.spec.structures.attributes import RevocationReason


def revoke(
    unique_identifier: str | None = None,
    code: RevocationReasonCode = RevocationReasonCode.CESSATION_OF_OPERATION,
    compromise_occurrence_date: int | None = None,
) -> RevokeRequest:
    """A Revoke with the reason most clients give."""
    return RevokeRequest(
        unique_identifier=unique_identifier,
        revocation_reason=RevocationReason(revocation_reason_code=code),
        compromise_occurrence_date=compromise_occurrence_date,
    )


__all__ = [
    "Activate",
    "AddAttribute",
    "AdjustAttribute",
    "Archive",
    "Check",
    "Create",
    "CreateKeyPair",
    "CreateSplitKey",
    "Decrypt",
    "DeleteAttribute",
    "DeriveKey",
    "Destroy",
    "DiscoverVersions",
    "Encrypt",
    "Export",
    "Get",
    "GetAttributeList",
    "GetAttributes",
    "GetConstraints",
    "GetUsageAllocation",
    "Hash",
    "Import",
    "Interop",
    "JoinSplitKey",
    "Locate",
    "Log",
    "Mac",
    "MacVerify",
    "ModifyAttribute",
    "ObtainLease",
    "Ping",
    "Query",
    "Recover",
    "Register",
    "Rekey",
    "RekeyKeyPair",
    "RngRetrieve",
    "RngSeed",
    "SetAttribute",
    "SetConstraints",
    "SetDefaults",
    "SetEndpointRole",
    "Sign",
    "SignatureVerify",
    "revoke",
]
