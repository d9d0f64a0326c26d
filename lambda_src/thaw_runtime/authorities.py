"""Where certificate authorities lie on the system that a function runs on."""

import os

# OpenSSL looks where the system that it was built for keeps them, and the interpreter brings its own OpenSSL along: one of
# Debian's looks in /usr/lib/ssl, which Lambda's systems do not have. This is where they have them.
AMAZON_LINUX = "/etc/pki/tls/certs/ca-bundle.crt"


def name_authorities() -> None:
    """Tells OpenSSL of the system's authorities, unless the function's configuration names others."""
    chosen = "SSL_CERT_FILE" in os.environ or "SSL_CERT_DIR" in os.environ
    if not chosen and os.path.exists(AMAZON_LINUX):
        os.environ["SSL_CERT_FILE"] = AMAZON_LINUX
