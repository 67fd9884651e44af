"""The four providers as small loopback servers, written from their documents."""
