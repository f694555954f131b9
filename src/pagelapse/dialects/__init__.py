"""The vendors' APIs, each a translation: vendor parameters in, vendor responses and errors out."""
