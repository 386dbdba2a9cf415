"""Cafe ETL: day files of cafe sales from S3 into the warehouse, right to the penny and without names."""
