"""What a file is, told from its first bytes whatever its sender says."""

PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""What browsers show and that can run nothing."""

UNKNOWN_TYPE = "application/octet-stream"
"""Of a file that nobody has seen yet, or that nobody here knows."""

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_BRANDS = {b"qt  ": "video/quicktime", b"M4A ": "audio/mp4", b"M4B ": "audio/mp4"}
_VIDEO_BRANDS = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"dash",
    b"M4V ",
    b"3gp",
)
_ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp",
    "application/pdf": "pdf", "audio/ogg": "ogg", "video/webm": "webm",
    "audio/mpeg": "mp3", "audio/wav": "wav", "audio/mp4": "m4a", "video/mp4": "mp4",
    "video/quicktime": "mov",
}  # fmt: skip


def kind_of(data: bytes) -> str | None:
    """The media type, None for what is not known here: never HTML or SVG, which can run something."""
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _of_brand(data[8:12])
    if data.startswith(b"\x1a\x45\xdf\xa3"):  # Matroska as well, which says so where WebM says its name
        return "video/webm" if b"webm" in data[:64] else None
    known = next((kind for start, kind in _STARTS if data.startswith(start)), None)
    return known or ("audio/mpeg" if _is_mp3(data) else None)


def ending_of(media_type: str) -> str:
    """What a name of this media type ends with, without a dot; empty for an unknown one."""
    return _ENDINGS.get(media_type, "")


def _of_brand(brand: bytes) -> str | None:
    if brand.startswith(_VIDEO_BRANDS):
        return "video/mp4"
    return _BRANDS.get(brand)


def _is_mp3(data: bytes) -> bool:
    """Without a title it begins with a frame: eleven bits set, then the version, then the third layer."""
    return len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2
