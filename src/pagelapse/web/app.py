"""The pages' application, mounted at `/app`. The handlers block, for the dialects' reason."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from pagelapse.web import assets, bulk, capture, configurations, connectors, history, keys, sign_in, usage, wall
from pagelapse.web.access import nothing, page, submitted, visitor_page

BASE = "/app"

app = Starlette(
    routes=[
        Route(BASE, page(wall.show), methods=["GET"]),
        Route(f"{BASE}/sign-in", visitor_page(sign_in.show), methods=["GET"]),
        Route(f"{BASE}/sign-in", visitor_page(sign_in.submit), methods=["POST"]),
        Route(f"{BASE}/sign-out", submitted(sign_in.leave), methods=["POST"]),
        Route(f"{BASE}/capture", page(capture.show), methods=["GET"]),
        Route(f"{BASE}/capture", submitted(capture.take), methods=["POST"]),
        Route(f"{BASE}/configurations", page(configurations.show), methods=["GET"]),
        Route(f"{BASE}/configurations", submitted(configurations.create), methods=["POST"]),
        Route(f"{BASE}/configurations/{{configuration_id}}", page(history.show), methods=["GET"]),
        Route(f"{BASE}/configurations/{{configuration_id}}/capture", submitted(history.capture), methods=["POST"]),
        Route(f"{BASE}/configurations/{{configuration_id}}/pause", submitted(history.pause), methods=["POST"]),
        Route(f"{BASE}/configurations/{{configuration_id}}/resume", submitted(history.resume), methods=["POST"]),
        Route(f"{BASE}/bulk", page(bulk.show), methods=["GET"]),
        Route(f"{BASE}/bulk", submitted(bulk.create), methods=["POST"]),
        Route(f"{BASE}/bulk/{{job_id}}", page(bulk.show_job), methods=["GET"]),
        Route(f"{BASE}/bulk/{{job_id}}/progress", page(bulk.progress), methods=["GET"]),
        Route(f"{BASE}/bulk/{{job_id}}/download", page(bulk.download), methods=["GET"]),
        Route(f"{BASE}/connectors", page(connectors.show), methods=["GET"]),
        Route(f"{BASE}/connectors", submitted(connectors.create), methods=["POST"]),
        Route(f"{BASE}/keys", page(keys.show), methods=["GET"]),
        Route(f"{BASE}/keys", submitted(keys.create), methods=["POST"]),
        Route(f"{BASE}/keys/{{key_id}}/revoke", submitted(keys.revoke), methods=["POST"]),
        Route(f"{BASE}/usage", page(usage.show), methods=["GET"]),
        Route(f"{BASE}/static/{{name}}", assets.serve, methods=["GET"]),
        Route("/{path:path}", visitor_page(nothing), methods=["GET", "POST"]),
    ]
)
