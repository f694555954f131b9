"""The agent against a WebSocket server that speaks the deployment's side."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest
from tests.connector.deployment import TOKEN, Crew, Deployment, job, with_agent

from pagelapse.capture.messages import Cancel, Goodbye
from pagelapse.connector import agent as agents
from pagelapse.connector.agent import DISPLACED, REJECTED, STOPPED, Agent, wait_s
from pagelapse.connector.jobs import IN_LINE
from pagelapse.connector.orders import Done


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wants to wait for a second try."""
    monkeypatch.setattr(agents, "FIRST_WAIT_S", 0.02)


def test_the_token_goes_in_a_header() -> None:
    """The token is in the Authorization header, and never in the address, which servers log."""

    async def look(deployment: Deployment, _crew: Crew, _agent: Agent) -> None:
        await deployment.until(lambda: bool(deployment.of("hello")))
        assert deployment.headers[0]["authorization"] == f"Bearer {TOKEN}"
        request = deployment.sockets[0].request
        assert request
        assert TOKEN not in request.path

    assert with_agent(look)[0] == STOPPED


def test_jobs_are_accepted_done_and_reported() -> None:
    """A job is acknowledged at once, and its report told until it is recorded."""

    async def look(deployment: Deployment, _crew: Crew, _agent: Agent) -> None:
        await deployment.until(lambda: bool(deployment.of("hello")))
        await deployment.say(job("j1"))
        await deployment.until(lambda: bool(deployment.of("report")))
        assert [message.type for message in deployment.heard] == ["hello", "accepted", "report"]
        assert deployment.of("report")[0].report == {"job_id": "x"}

    with_agent(look)


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN])
def test_a_rejected_token_ends_the_agent(status: HTTPStatus) -> None:
    """An agent whose token is rejected ends, and does not try again."""
    deployment = Deployment(statuses=[status])

    async def look(server: Deployment, crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: crew.ended)

    assert with_agent(look, deployment)[0] == REJECTED
    assert len(deployment.headers) == 1


def test_other_refusals_are_tried_again() -> None:
    """A deployment that is overloaded or broken is tried again until it lets the agent in."""
    deployment = Deployment(statuses=[HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.NOT_FOUND])

    async def look(server: Deployment, _crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))

    assert with_agent(look, deployment)[0] == STOPPED
    assert len(deployment.headers) == 4


def test_waits_grow_and_differ() -> None:
    """Between tries the agent waits longer and longer, up to a minute, and no two agents alike."""
    longest = [max(wait_s(failures) for _ in range(200)) for failures in (0, 2, 4, 8, 50)]
    assert longest == sorted(longest)
    assert longest[-1] <= 60
    assert min(wait_s(50) for _ in range(200)) >= 30
    assert len({wait_s(5) for _ in range(20)}) > 10


@pytest.mark.slow
def test_a_cut_connection_loses_nothing() -> None:
    """After a cut the agent comes back and tells again what it has and what it has done."""
    deployment = Deployment(records=False)

    async def look(server: Deployment, crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        await server.say(job("done"))
        await server.until(lambda: bool(server.of("report")))
        crew.going_on.clear()
        await server.say(job("open"))
        await server.until(lambda: "open" in crew.taken)
        await server.sockets[-1].close()
        await server.until(lambda: len(server.of("hello")) == 2)
        server.records = True
        await server.until(lambda: len(server.of("report")) == 2)
        assert [message.job_id for message in server.of("accepted")] == ["done", "open", "open"]
        first, second = server.of("hello")
        assert first.agent_id == second.agent_id
        crew.going_on.set()
        await server.until(lambda: len(server.of("report")) == 3)
        assert crew.taken == ["done", "open"]

    with_agent(look, deployment)


def test_a_job_that_comes_twice_is_done_once() -> None:
    """A job that is given out again is acknowledged again, or its report repeated; it is not captured twice."""
    deployment = Deployment(records=False)

    async def look(server: Deployment, crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        crew.going_on.clear()
        await server.say(job("j1"))
        await server.say(job("j1"))
        await server.until(lambda: len(server.of("accepted")) == 2)
        crew.going_on.set()
        await server.until(lambda: len(server.of("report")) == 1)
        await server.say(job("j1"))
        await server.until(lambda: len(server.of("report")) == 2)
        assert crew.taken == ["j1"]
        server.records = True
        await server.say(job("j1"))
        await server.until(lambda: len(server.of("report")) == 3)

    with_agent(look, deployment)


def test_too_many_jobs_are_given_back() -> None:
    """Beyond a short line of jobs, further ones are given back at once."""

    async def look(server: Deployment, crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        crew.going_on.clear()
        for number in range(2 * IN_LINE + 1):
            await server.say(job(f"j{number}"))
        await server.until(lambda: bool(server.of("returned")))
        assert [message.job_id for message in server.of("returned")] == [f"j{2 * IN_LINE}"]
        crew.going_on.set()

    with_agent(look)


def test_a_cancelled_job_is_dropped() -> None:
    """A capture that nobody waits for any more is ended, without a report."""

    async def look(server: Deployment, crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        crew.going_on.clear()
        await server.say(job("j1"))
        await server.until(lambda: crew.taken == ["j1"])
        await server.say(Cancel(job_id="j1"))
        await server.until(lambda: crew.cancelled == ["j1"])
        assert server.of("report") == []

    with_agent(look)


def test_what_breaks_is_reported() -> None:
    """A job that breaks the agent's own code is reported as failed, and the agent goes on."""

    async def look(server: Deployment, crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        crew.broken = True
        await server.say(job("j1"))
        await server.until(lambda: bool(server.of("report")))
        assert server.of("report")[0].report["failure"]["code"] == "browser_lost"

    with_agent(look)


def test_a_job_that_has_waited_too_long_is_given_back() -> None:
    """A job whose time is nearly over when its turn comes is given back, and taken when it is given out again."""

    async def look(server: Deployment, crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        crew.late = True
        await server.say(job("j1"))
        await server.until(lambda: bool(server.of("returned")))
        crew.late = False
        await server.say(job("j1"))
        await server.until(lambda: bool(server.of("report")))
        assert [message.type for message in server.heard[1:]] == ["accepted", "returned", "accepted", "report"]

    with_agent(look)


def test_the_end_waits_for_what_is_under_way() -> None:
    """Told to end, the agent takes no further jobs, finishes those it has, and ends with status 0."""

    async def look(server: Deployment, crew: Crew, agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        crew.going_on.clear()
        await server.say(job("j1"))
        await server.until(lambda: crew.taken == ["j1"])
        agent.stop()
        await server.until(lambda: bool(server.of("leaving")))
        await server.say(job("j2"))
        await server.until(lambda: bool(server.of("returned")))
        crew.going_on.set()
        await server.until(lambda: bool(server.of("report")))

    status, crew = with_agent(look)
    assert (status, crew.taken, crew.ended) == (STOPPED, ["j1"], True)


def test_the_end_hands_back_what_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not done within a few seconds of the signal is given back, so that nobody waits for it."""
    monkeypatch.setattr(agents, "FINISH_WITHIN_S", 0.05)
    deployment = Deployment()

    async def look(server: Deployment, crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        crew.going_on.clear()
        await server.say(job("j1"))
        await server.until(lambda: crew.taken == ["j1"])

    status, crew = with_agent(look, deployment)
    assert (status, crew.cancelled) == (STOPPED, ["j1"])
    assert [message.job_id for message in deployment.of("returned")] == ["j1"]


@pytest.mark.parametrize(("reason", "status"), [("displaced", DISPLACED), ("revoked", REJECTED)])
def test_goodbyes_end_the_agent(reason: str, status: int) -> None:
    """An agent that is displaced, or whose token is no longer good, ends and says so by its status."""

    async def look(server: Deployment, crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        await server.say(Goodbye.model_validate({"reason": reason}))
        await server.until(lambda: crew.ended)

    assert with_agent(look)[0] == status


def test_heartbeats() -> None:
    """The agent says at the deployment's pace that it is there."""
    deployment = Deployment(heartbeat_s=0.02)

    async def look(server: Deployment, _crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: len(server.of("ping")) >= 3)
        assert {message.connector_id for message in server.of("ping")} == {"conn_x"}

    with_agent(look, deployment)


def test_a_report_that_was_lost_is_told_again() -> None:
    """A report that nobody has recorded is told again with a later heartbeat, until somebody has."""
    deployment = Deployment(records=False, heartbeat_s=0.05)

    async def look(server: Deployment, _crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        await server.say(job("j1"))
        await server.until(lambda: len(server.of("report")) >= 2)
        assert len(server.of("hello")) == 1
        server.records = True
        await server.until(lambda: len(server.of("report")) >= 3)

    with_agent(look, deployment)


def test_a_deployment_that_is_silent_is_left() -> None:
    """When heartbeats are not answered the agent connects anew."""
    deployment = Deployment(heartbeat_s=0.05)

    async def look(server: Deployment, _crew: Crew, _agent: Agent) -> None:
        answer = server.answer

        async def deaf(socket: object, message: object) -> None:
            if getattr(message, "type", "") != "ping":
                await answer(socket, message)  # type: ignore[arg-type]

        server.answer = deaf  # type: ignore[method-assign]
        await server.until(lambda: len(server.of("hello")) >= 2)

    with_agent(look, deployment)


def test_long_messages_go_in_frames() -> None:
    """A long report goes out in frames of less than the 32 KB that API Gateway takes."""
    deployment = Deployment()

    async def look(server: Deployment, crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        crew.done = Done(report={"long": "ä" * 40_000})
        await server.say(job("j1"))
        await server.until(lambda: bool(server.of("report")))
        assert server.of("report")[0].report == {"long": "ä" * 40_000}

    with_agent(look, deployment)
    assert deployment.fragments > 1


def test_unknown_messages_do_no_harm() -> None:
    """What only later versions know is passed over, and so are jobs whose ids make no sense."""

    async def look(server: Deployment, _crew: Crew, _agent: Agent) -> None:
        await server.until(lambda: bool(server.of("hello")))
        for text in ("", "nonsense", "[]", '{"type": "news"}', '{"type": "job"}'):
            await server.sockets[-1].send(text)
        for kind in ("job", "cancel", "recorded"):
            for job_id in ("", "no id", "x" * 101, "../j1", "j1\n"):
                await server.sockets[-1].send(json.dumps({"type": kind, "job_id": job_id}))
        await server.say(job("j1"))
        await server.until(lambda: bool(server.of("report")))
        assert {message.job_id for message in server.heard[1:]} == {"j1"}

    with_agent(look)
