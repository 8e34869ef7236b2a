"""Fitting a stack."""
