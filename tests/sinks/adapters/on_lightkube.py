"""A sink on lightkube."""

from lightkube import ApiError, Client
from lightkube.resources.core_v1 import Event as CoreEvent

from kevent import Event
from kevent.sinks import StatusError, path_part


class LightkubeSink:
    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, event):
        return self._ask(self._client.create, _body(event))

    def update(self, event):
        return self._ask(self._client.replace, _body(event))

    def patch(self, event, patch):
        name = path_part("name", event.name)
        where = {"namespace": path_part("namespace", event.namespace)}
        return self._ask(self._client.patch, CoreEvent, name, patch, **where)

    def _ask(self, call, *args, **where):
        try:
            return Event.from_dict(call(*args, **where).to_dict())
        except ApiError as error:
            status = error.status
            reason, message = status.reason or "", status.message or ""
            raise StatusError(reason, status.code or 0, message) from error
        except Exception as error:
            answer = getattr(error, "response", None)
            if answer is None:
                raise
            # of a proxy on the way
            raise StatusError("", answer.status_code, str(error)) from error


def _body(event):
    path_part("namespace", event.namespace)
    path_part("name", event.name)
    return CoreEvent.from_dict({"apiVersion": "v1", "kind": "Event", **event.to_dict()})
