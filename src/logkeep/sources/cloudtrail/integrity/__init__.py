"""Is what came complete and untouched? Digests, signatures, hashes, and the series they form."""
