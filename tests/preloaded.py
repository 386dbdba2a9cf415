"""What the processes of `tests/crashing.py` are forked with: imports, AWS' service descriptions, a file once parsed."""

import io

import boto3

from chalicelib import ingesting, loading
from chalicelib.staging import Staging
from tests.pipeline import csv_of, sale

__all__ = ["loading"]

for service in ("s3", "sqs", "sns", "secretsmanager", "cloudwatch", "lambda"):
    boto3.client(service, region_name="eu-west-1", aws_access_key_id="local", aws_secret_access_key="local")
with Staging(0) as _staging:
    ingesting.stage(io.BytesIO(csv_of(sale(), sale(total="9.99"))), bytes(32), _staging)
    _staging.finish()
