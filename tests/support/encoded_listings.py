"""S3's listings with encoded keys: XML holds no control characters."""

from typing import Any
from urllib.parse import quote

import pytest
from moto.core.responses import ActionResult


def patched() -> pytest.MonkeyPatch:
    """Let moto list keys URL-encoded, as S3 does when botocore asks for it; `undo` the patch afterwards."""

    def encoded(response: Any) -> Any:
        if isinstance(response, dict) and "Versions" in response:
            for listed in [*response["Versions"], *response["DeleteMarkers"]]:
                listed["Key"] = quote(listed["Key"])
            response |= {"EncodingType": "url", "Prefix": quote(response["Prefix"] or "")}
        return ActionResult(response)

    patch = pytest.MonkeyPatch()
    patch.setattr("moto.s3.responses.ActionResult", encoded)
    return patch
