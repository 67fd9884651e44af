"""Our taps and connectors against the real clients of other projects; not a part of `make test`."""
