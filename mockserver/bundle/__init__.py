"""What the vendor promises: the bundle read, corrected, understood."""
