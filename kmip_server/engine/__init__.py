"""The order of steps: batch, identity, context, one commit. Knows no bytes, no SQL, no algorithm."""
