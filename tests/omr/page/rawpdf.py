"""PDFs written object by object, for tests: such as no program writes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence


def pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalogue."""
    body = bytearray(b"%PDF-1.5\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return bytes(body) + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def stream(entries: bytes, content: bytes) -> bytes:
    """A stream object with these entries in its dictionary."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def one_page(content: bytes, *more: bytes, resources: bytes = b"", entries: bytes = b"",
             size: tuple[float, float] = (595, 842)) -> bytes:
    """A PDF of one page that draws `content`. more: further objects, numbered from 5. size: in points."""
    return pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Contents 4 0 R /Resources << %s >> %s >>"
        % (*size, resources, entries), stream(b"", content), *more])


def image(width: int, height: int, rows: bytes, entries: bytes) -> bytes:
    """An image object. entries: of its dictionary, such as its color space and bits."""
    return stream(b"/Type /XObject /Subtype /Image /Width %d /Height %d /Filter /FlateDecode %s"
                  % (width, height, entries), zlib.compress(rows))


def form(content: bytes, resources: bytes = b"") -> bytes:
    """A form: content that is drawn wherever it is named."""
    return stream(b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << %s >>" % resources, content)
