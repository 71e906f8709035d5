"""What the files of a copy look like, published for whoever reads one with a program (clause 7.2)."""

from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from ringfence.privacy.copying import schemas


@require_safe
def copy_schema(request: HttpRequest, name: str) -> JsonResponse:
    """Return the schema of a kind of data, or of the list of files of a copy."""
    found = schemas.schema(name.removesuffix(".json"))
    if found is None:
        raise Http404
    answer = JsonResponse(found, json_dumps_params={"indent": 1}, content_type="application/schema+json")
    answer["Cache-Control"] = "public, max-age=3600"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
