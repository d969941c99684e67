"""Security headers on everything, and cross-origin rights for the widget's own interface only."""

from sanic import HTTPResponse, Request

from desk.app_context import App, context_of

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PUBLIC = ("/v1/", "/widget/src/")
PERSONAL = ("/v1/", "/webhooks/")


def install_headers(app: App) -> None:
    """Add the headers to every response; answer the browser's CORS questions."""
    app.on_request(_answer_preflight)
    app.on_response(_add_headers)  # type: ignore[no-untyped-call]


def allowed_origin(request: Request) -> str | None:
    """The origin to allow, None when this website may not embed the widget."""
    origin = request.headers.get("origin")
    allowed = [part.strip() for part in context_of(request).settings.allowed_origins.split(",")]
    if origin is None:
        return None
    return origin if "*" in allowed or origin in allowed else None


async def _answer_preflight(request: Request) -> HTTPResponse | None:
    if request.method == "OPTIONS" and request.path.startswith(PUBLIC):
        return HTTPResponse(status=204)
    return None


async def _add_headers(request: Request, response: HTTPResponse) -> None:
    response.headers.setdefault("content-security-policy", POLICY)
    response.headers.setdefault("x-content-type-options", "nosniff")
    response.headers.setdefault("referrer-policy", "same-origin")
    if request.path.startswith(PERSONAL):
        response.headers.setdefault("cache-control", "no-store")
    if request.path.startswith(PUBLIC):
        response.headers["vary"] = "origin"  # also without one: a cache must not mix the two
    origin = allowed_origin(request) if request.path.startswith(PUBLIC) else None
    if origin is None:
        return
    response.headers["access-control-allow-origin"] = origin
    if request.method == "OPTIONS":
        response.headers["access-control-allow-methods"] = "GET, POST"
        response.headers["access-control-allow-headers"] = "authorization, content-type"
        response.headers["access-control-max-age"] = "86400"
