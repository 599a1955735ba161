"""The official client's own tests, run against the local Hub: `make test-contract`."""
