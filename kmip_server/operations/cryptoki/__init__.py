"""The functions of PKCS#11 behind the PKCS#11 operation, each mapped onto the operations of KMIP.

A PKCS#11 object is a managed object, and a function that touches one acts as the KMIP operation that means the
same: C_Encrypt as Encrypt, C_FindObjects as Locate, C_GetAttributeValue of a key's value as Get. Policy, state, usage
mask, usage limits and audit are those of that operation, because it is that operation which runs.
"""
