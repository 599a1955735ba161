"""One module for each thing that can happen to a model repo."""
