"""What came with a letter, handed out as a file that cannot run in a page of ours."""

from io import BytesIO

from django.http import FileResponse

from ringfence.support.attachments import OpenedAttachment


def as_download(opened: OpenedAttachment) -> FileResponse:
    """Return an attachment to be saved. Its sender's word for what it is decides nothing."""
    response = FileResponse(
        BytesIO(opened.content),
        as_attachment=True,
        filename=opened.name,
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store, private"
    return response
