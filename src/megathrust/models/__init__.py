"""The stacked fully connected network."""
