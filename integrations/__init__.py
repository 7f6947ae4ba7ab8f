"""One vendor, one module: the only importers of vendor SDKs."""
