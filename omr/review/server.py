"""Serves a `Review` over HTTP, to a browser on this machine only.

The server listens on the loopback address. Every URL begins with a secret that only the page opened by the command
knows, so that no other page, and no other user of the machine, can guess it. Requests that name another host (DNS
rebinding) or come from another site's page are refused. The page may load nothing from elsewhere (content security
policy).
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omr.errors import OmrError
from omr.review import alternatives, answers, playing, printing
from omr.review.engrave import Engraver
from omr.review.log import Operation
from omr.review.operations import OperationError
from omr.review.review import SUFFIXES, Review

STATIC = Path(__file__).parent / "static"
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src data:; "
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer. The reviewed score is private, so no cache may keep it."""
MOST_BYTES = 1 << 20
"""Longest body of a request, in bytes. The largest operation has some hundred places."""
TYPES = {"musicxml": "application/vnd.recordare.musicxml+xml", "mxl": "application/vnd.recordare.musicxml",
         "midi": "audio/midi", "pdf": "application/pdf"}


class Guard:
    """Lets through only the requests of the page itself. app: answers these requests. port: of the server; None for any
    port (in tests)."""

    def __init__(self, app: ASGIApp, port: int | None):
        self.app, self.hosts = app, {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        if scope["type"] != "http":  # no other protocol is supported
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        if refusal is not None:
            await refusal(scope, receive, with_headers)
        else:
            await self.app(scope, receive, with_headers)

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        """The refusal of a request; None if it may be answered."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self.hosts:
            return error("this address is not served here", 403)
        if method in ("GET", "HEAD"):
            return None
        if origin not in (None, f"http://{host}") or headers.get("sec-fetch-site") not in (None, "same-origin"):
            return error("the request comes from another site's page", 403)
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return error("send JSON", 415)
        length = headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return error(f"send at most {MOST_BYTES} bytes, and say how many", 413)
        return None


def error(message: str, status: int) -> Response:
    """An answer that says in one line what is wrong."""
    return JSONResponse({"error": " ".join(message.split())}, status)


def make_app(review: Review, secret: str, port: int) -> ASGIApp:
    """The application that serves a review at "/SECRET/"."""
    api = Api(review)
    routes: list[Any] = [Route(f"/api/{path}", endpoint, methods=[method]) for method, path, endpoint in api.routes()]
    if STATIC.is_dir():
        routes.append(Mount("/", StaticFiles(directory=STATIC, html=True)))
    app = Starlette(routes=[Mount(f"/{secret}", routes=routes)],
                    exception_handlers={OmrError: _failed, HTTPException: _http})
    return Guard(app, port)


def _failed(request: Request, failure: Exception) -> Response:
    return error(str(failure), 400 if isinstance(failure, OperationError) else 500)


def _http(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, HTTPException)
    return error(str(failure.detail), failure.status_code)


Endpoint = Callable[[Request], Awaitable[Response]]


class Api:
    """The URLs below "api/". Only one request at a time uses the review."""

    def __init__(self, review: Review):
        self.review = review
        self.engraver = Engraver()
        self.svgs: dict[int, tuple[Any, str]] = {}
        self.lock = threading.Lock()

    def routes(self) -> list[tuple[str, str, Endpoint]]:
        """(method, path, what answers)"""
        return [
            ("GET", "state", self._locked(lambda request: JSONResponse(answers.state(self.review)))),
            ("GET", "pages/{index:int}.png", self._page),
            ("GET", "systems/{index:int}.svg", self._locked(self._system)),
            ("GET", "measures/{index:int}", self._locked(self._measure)),
            ("GET", "measures/{index:int}/alternatives", self._locked(self._alternatives)),
            ("GET", "links", self._locked(lambda request: JSONResponse(answers.links(self.review)))),
            ("GET", "play", self._locked(self._play)),
            ("GET", "download/{format}", self._locked(self._download)),
            ("POST", "operations", self._changing(lambda body: self.review.do(body))),
            ("POST", "undo", self._changing(lambda body: self.review.undo())),
            ("POST", "redo", self._changing(lambda body: self.review.redo())),
            ("POST", "place", self._posting(self._put_place)),
            ("POST", "save", self._posting(self._save)),
        ]

    def _locked(self, answer: Callable[[Request], Response]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            def run() -> Response:
                with self.lock:
                    return answer(request)

            return await run_in_threadpool(run)

        return endpoint

    def _posting(self, answer: Callable[[Any], Any]) -> Endpoint:
        """A URL that takes JSON and answers with JSON."""

        async def endpoint(request: Request) -> Response:
            try:
                body = json.loads(await request.body() or b"{}")
            except (ValueError, RecursionError) as failure:
                raise OperationError("the request is no JSON") from failure

            def run() -> Response:
                with self.lock:
                    return JSONResponse(answer(body))

            return await run_in_threadpool(run)

        return endpoint

    def _changing(self, change: Callable[[Any], Operation]) -> Endpoint:
        """A URL that changes the score, and answers with what has changed. "alike" are the indices of measures that
        changed although the operation does not point at them.

        change: makes the change, and returns the operation that was done or undone.
        """

        def answer(body: Any) -> Any:
            before = self.review.score
            operation = change(body)
            measures = set(answers.changes(before, self.review.score))
            state = answers.state(self.review)
            redrawn = [system["index"] for system in state["systems"] if system["index"] >= len(before.systems)
                       or any(system["measures"][0] <= m <= system["measures"][1] for m in measures)]
            return {"revision": self.review.revision, "changed_measures": sorted(measures),
                    "changed_systems": redrawn,
                    "alike": answers.changed_with(self.review, operation, before),
                    "state": state}

        return self._posting(answer)

    async def _page(self, request: Request) -> Response:
        picture = self.review.pictures.get(request.path_params["index"])
        if picture is None:
            raise HTTPException(404, "there is no such page")
        return FileResponse(picture.path, media_type="image/png")

    def _system(self, request: Request) -> Response:
        index, spans = request.path_params["index"], answers.systems_of(self.review)
        if index >= len(spans):
            raise HTTPException(404, "there is no such system")
        return Response(answers.svg(self.review, index, self.engraver), media_type="image/svg+xml")

    def _measure(self, request: Request) -> Response:
        if request.path_params["index"] >= len(self.review.measures):
            raise HTTPException(404, "there is no such measure")
        return JSONResponse(answers.measure(self.review, request.path_params["index"]))

    def _alternatives(self, request: Request) -> Response:
        if request.path_params["index"] >= len(self.review.measures):
            raise HTTPException(404, "there is no such measure")
        found = alternatives.of_measure(self.review, request.path_params["index"], self.engraver)
        return JSONResponse({"index": request.path_params["index"], "alternatives": found})

    def _play(self, request: Request) -> Response:
        last = len(self.review.measures) - 1
        asked = [request.query_params.get(name, default) for name, default in (("from", "0"), ("to", str(last)))]
        if not all(number.isdecimal() and int(number) <= last for number in asked):
            raise OperationError("from and to are measures of the score")
        return JSONResponse(playing.sounds(self.review.score, int(asked[0]), int(asked[1])))

    def _download(self, request: Request) -> Response:
        format_ = request.path_params["format"]
        data = self.review.data(format_)
        name = self.review.input.out.with_suffix(SUFFIXES[format_]).name
        response = Response(data, media_type=TYPES[format_])
        quoted = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
        response.headers["Content-Disposition"] = f'attachment; filename="{quoted}"'
        return response

    def _put_place(self, body: Any) -> Any:
        measure, zoom = (body.get("measure"), body.get("zoom", 1)) if isinstance(body, dict) else (None, None)
        if not isinstance(measure, int) or not isinstance(zoom, (int, float)) or not 0 <= measure < 10**6:
            raise OperationError("a place is a measure and a zoom")
        self.review.put_place({"measure": int(measure), "zoom": float(zoom)})
        return {"place": self.review.log.place}

    def _save(self, body: Any) -> Any:
        format_ = body.get("format", "musicxml") if isinstance(body, dict) else None
        if not isinstance(format_, str):
            raise OperationError("name a format")
        name = body.get("path")
        if name is not None and (not isinstance(name, str) or Path(name).name != name or name.startswith(".")):
            raise OperationError("a path is the name of a file, which is written beside the score")
        path = self.review.save(format_, self.review.input.out.with_name(name) if name else None)
        missing = printing.unprintable(self.review.score) if format_ == "pdf" else ""
        return {"path": str(path), "missing": missing}


def serve(
    review: Review, port: int = 0, on_ready: Callable[[str], None] | None = None,
    on_server: Callable[[Any], None] | None = None,
) -> None:
    """Serve a review on the loopback address until the process is asked to end.

    port: 0 takes any free port.
    on_ready: called with the page's URL once the port is open.
    on_server: called with the server, which ends when its `should_exit` is set.

    Raises OutputError if the port is taken.
    """
    import socket

    import uvicorn

    from omr.errors import OutputError

    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as failure:
        raise OutputError(f"port {port} cannot be used: {failure.strerror}") from failure
    secret, port = secrets.token_urlsafe(), listening.getsockname()[1]
    config = uvicorn.Config(make_app(review, secret, port), log_level="error", access_log=False, lifespan="off",
                            server_header=False)
    server = uvicorn.Server(config)
    listening.listen()
    if on_server is not None:
        on_server(server)
    if on_ready is not None:
        on_ready(f"http://127.0.0.1:{port}/{secret}/")
    server.run(sockets=[listening])
