"""Floor 4: the use cases, each an object given its ports. No SQL, no HTTP, no discord."""
