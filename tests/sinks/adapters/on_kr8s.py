"""A sink on kr8s, which is asynchronous inside: it gets an event loop and a thread of its own."""

import asyncio
import json
import threading

import kr8s.asyncio

from kevent import Event
from kevent.sinks import StatusError, path_part

STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}


class Kr8sSink:
    def __init__(self, **where) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()  # so it works in a program that runs a loop, too
        self._api = self._run(kr8s.asyncio.api(**where))

    def create(self, event):
        return self._run(self._ask("POST", "events", event, _body(event)))

    def update(self, event):
        return self._run(self._ask("PUT", _path(event), event, _body(event)))

    def patch(self, event, patch):
        return self._run(self._ask("PATCH", _path(event), event, patch, STRATEGIC))

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, question):
        limited = asyncio.wait_for(question, 30)
        return asyncio.run_coroutine_threadsafe(limited, self._loop).result()

    async def _ask(self, method, url, event, body, headers=None):
        request = {
            "url": url,
            "namespace": path_part("namespace", event.namespace),
            "content": json.dumps(body),
            "headers": headers,
            "raise_for_status": False,
        }
        async with self._api.call_api(method, **request) as answer:
            if answer.is_success:
                return Event.from_dict(answer.json())
            by_a_proxy = "json" not in answer.headers.get("Content-Type", "")
            said = {"message": answer.text} if by_a_proxy else answer.json()
        reason, message = said.get("reason", ""), said.get("message", "")
        raise StatusError(reason, answer.status_code, message)


def _path(event):
    return f"events/{path_part('name', event.name)}"


def _body(event):
    return {"apiVersion": "v1", "kind": "Event", **event.to_dict()}
