"""What the application does. Its services are built from the settings, each once per process."""

from pagelapse.services.composition.accounts import (
    accounts,
    definitions,
    idempotency,
    rate_windows,
    self_service,
    sign_ins,
    usage_table,
)
from pagelapse.services.composition.bulk import bulk_jobs, bulk_keeper, bulk_recorder, bulk_worker
from pagelapse.services.composition.connecting import connector_queue, connectors, queued_captures, sessions
from pagelapse.services.composition.monitoring import (
    comparer,
    comparisons,
    configurations,
    due_work,
    job_analyst,
    job_recorder,
    sweeper,
)
from pagelapse.services.composition.ordering import (
    order_notices,
    order_pictures,
    order_recorder,
    orders,
    prompt_captures,
)
from pagelapse.services.composition.queues import notices
from pagelapse.services.composition.snaps import Services, analyses, captures, exports, http_client, locations, services

__all__ = [
    "Services",
    "accounts",
    "analyses",
    "bulk_jobs",
    "bulk_keeper",
    "bulk_recorder",
    "bulk_worker",
    "captures",
    "comparer",
    "comparisons",
    "configurations",
    "connector_queue",
    "connectors",
    "definitions",
    "due_work",
    "exports",
    "http_client",
    "idempotency",
    "job_analyst",
    "job_recorder",
    "locations",
    "notices",
    "order_notices",
    "order_pictures",
    "order_recorder",
    "orders",
    "prompt_captures",
    "queued_captures",
    "rate_windows",
    "self_service",
    "services",
    "sessions",
    "sign_ins",
    "sweeper",
    "usage_table",
]
