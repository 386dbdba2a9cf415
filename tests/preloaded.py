"""What the processes of `tests/crashing.py` are forked with: imports, AWS' service descriptions, a file once parsed."""

import gc

import boto3

from chalicelib import loading
from tests.parts import stage
from tests.pipeline import csv_of, sale

__all__ = ["loading"]

for service in ("s3", "sqs", "sns", "secretsmanager", "cloudwatch", "lambda"):
    boto3.client(service, region_name="eu-west-1", aws_access_key_id="local", aws_secret_access_key="local")
stage(csv_of(sale(), sale(total="9.99")))

gc.freeze()
"""Or each process would walk all this at its first full collection, and have a copy made of it."""
