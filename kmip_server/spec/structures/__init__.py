"""The structures of the standard, by chapter: keys, attributes, parameters, credentials, query, envelope."""
