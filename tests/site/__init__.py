"""Pages that real browsers open, and the server that remembers what it was asked for."""
