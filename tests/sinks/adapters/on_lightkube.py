"""A sink on lightkube."""

from lightkube import ApiError, Client
from lightkube.resources.core_v1 import Event as CoreEvent

from kevent import Event
from kevent.sinks import StatusError


class LightkubeSink:
    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, event):
        body = {"apiVersion": "v1", "kind": "Event", **event.to_dict()}
        return self._ask(self._client.create, CoreEvent.from_dict(body))

    def update(self, event):
        body = {"apiVersion": "v1", "kind": "Event", **event.to_dict()}
        return self._ask(self._client.replace, CoreEvent.from_dict(body))

    def patch(self, event, patch):
        where = {"namespace": event.namespace}
        return self._ask(self._client.patch, CoreEvent, event.name, patch, **where)

    def _ask(self, call, *args, **where):
        try:
            return Event.from_dict(call(*args, **where).to_dict())
        except ApiError as error:  # the server has answered; anything else is tried again
            status = error.status
            raise StatusError(status.reason or "", status.code, status.message or "") from error
