"""Counts the scans of a JPEG: each is a pass over the whole picture, however few bytes it has.

A progressive JPEG has about ten. The format sets no limit, and a scan that changes nothing takes a
few bytes, so a file of some hundred kilobytes can take minutes to decode.
"""

import re

# A marker begins with one or more FF. In compressed data an FF is followed by 00, or by a restart
# marker (D0 to D7), which tells nothing here.
_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_WITHOUT_LENGTH = (0x01, 0xD8)


def count(data: bytes, *, most: int) -> int:
    """The scans of the first picture in a JPEG file; of more than `most`, `most` + 1."""
    scans = place = 0
    while scans <= most and (found := _MARKER.search(data, place)):
        marker, place = found[1][0], found.end()
        if marker == _END_OF_IMAGE:
            break
        scans += marker == _START_OF_SCAN
        if marker not in _WITHOUT_LENGTH:
            place += int.from_bytes(data[place : place + 2])
    return scans
