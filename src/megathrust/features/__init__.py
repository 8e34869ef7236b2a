"""Definitions of features and targets."""
