"""TLS of the stand-in: clients check its certificate against an authority of its own, as they check Amazon's."""

import ssl
from pathlib import Path

import trustme

from local.cloud.ports import HOST


def server_context(certificates: Path) -> ssl.SSLContext:
    """Make a new authority; return the settings of a server on loopback that it has issued a certificate for.

    The authority's own certificate is written to the file `certificates`, for the clients' `sslrootcert`.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(certificates))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST, "localhost").configure_cert(context)
    return context
