"""The FeatureTable: schema, units, missing data, files."""
