"""The control side of a running server: `/__admin`."""
