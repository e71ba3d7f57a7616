"""Compare: the same requests to two environments, and what differs."""
