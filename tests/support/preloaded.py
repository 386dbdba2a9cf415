"""What processes with injected faults are forked with: imports, AWS' service descriptions, a file once parsed."""

import gc

import boto3

from chalicelib.load import handler
from tests.support.pipeline import csv_of, sale
from tests.support.staged_parts import stage

__all__ = ["handler"]

for service in ("s3", "sqs", "sns", "secretsmanager", "cloudwatch", "lambda"):
    boto3.client(service, region_name="eu-west-1", aws_access_key_id="local", aws_secret_access_key="local")
stage(csv_of(sale(), sale(total="9.99")))

gc.freeze()
"""Or each process would walk all this at its first full collection, and have a copy made of it."""
