"""Loads everything slow before processes are forked from it: imports, AWS' service descriptions, one parsed file."""

import gc

import boto3

from chalicelib.load import handler
from tests.support.pipeline import csv_of, sale
from tests.support.staged_parts import stage

__all__ = ["handler"]

for service in ("s3", "sqs", "sns", "secretsmanager", "cloudwatch", "lambda", "redshift"):
    boto3.client(service, region_name="eu-west-1", aws_access_key_id="local", aws_secret_access_key="local")
stage(csv_of(sale(), sale(total="9.99")))

# The garbage collector writes into the objects that it visits: each process would get a copy of this memory.
gc.freeze()
