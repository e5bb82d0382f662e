"""What Schemathesis has to know to send the bodies of the described operations."""

import schemathesis


@schemathesis.serializer("application/wasm")
def bytes_as_they_are(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
