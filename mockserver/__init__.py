"""A stateful, high-fidelity mock of the Aiwyn API, or of any OpenAPI bundle."""

__version__ = "0.1.0"
