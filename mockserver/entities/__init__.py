"""What the vendor does beyond its schema: one module per entity, only where needed."""
