"""What has to hold against a real API server: `make cluster` builds it, `make test-cluster` runs these."""
