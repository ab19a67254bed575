"""The oracle: that it answers as stored, that nothing is copied, that the fuzzer would notice."""
