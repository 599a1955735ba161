"""A Hugging Face Hub on one machine: for the demo, the tests, load and faults."""
