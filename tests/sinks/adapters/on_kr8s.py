"""A sink on kr8s, which is asynchronous inside: it gets an event loop and a thread of its own."""

import asyncio
import json
import threading

import kr8s.asyncio

from kevent import Event
from kevent.sinks import SinkError, StatusError

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
        return self._run(self._ask("PUT", f"events/{event.name}", event, _body(event)))

    def patch(self, event, patch):
        return self._run(self._ask("PATCH", f"events/{event.name}", event, patch, headers=STRATEGIC))

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, question):
        return asyncio.run_coroutine_threadsafe(question, self._loop).result()

    async def _ask(self, method, url, event, body, **more):
        more |= {"namespace": event.namespace, "content": json.dumps(body), "raise_for_status": False}
        async with self._api.call_api(method, url=url, **more) as answer:
            data = answer.json()
        if answer.is_success:
            return Event.from_dict(data)
        if data.get("kind") != "Status":
            raise SinkError(f"no status: {answer.status_code}")
        raise StatusError(data.get("reason", ""), answer.status_code, data.get("message", ""))


def _body(event):
    return {"apiVersion": "v1", "kind": "Event", **event.to_dict()}
