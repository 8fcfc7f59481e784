"""What OASIS wrote, as tables: one fact, one row, with the range of versions it holds in."""
