package main

import (
	stderrors "errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

var eventsResource = schema.GroupResource{Resource: "events"}

// refusals are the errors a sink can answer with, by the names that scripts use.
var refusals = map[string]error{
	"not-found":         errors.NewNotFound(eventsResource, "x"),
	"already-exists":    errors.NewAlreadyExists(eventsResource, "x"),
	"forbidden":         errors.NewForbidden(eventsResource, "x", stderrors.New("no")),
	"too-many-requests": errors.NewTooManyRequests("slow down", 1),
	"internal-error":    errors.NewInternalError(stderrors.New("broken")),
	"server-timeout":    errors.NewServerTimeout(eventsResource, "create", 1),
	"conflict":          errors.NewConflict(eventsResource, "x", stderrors.New("changed")),
	"bad-request":       errors.NewBadRequest("odd"),
	"unauthorized":      errors.NewUnauthorized("who are you"),
	"invalid":           errors.NewInvalid(schema.GroupKind{Kind: "Event"}, "x", nil),
	"gone":              errors.NewResourceExpired("too old"),

	"namespace-terminating": terminating(),
	"wrapped-not-found":     fmt.Errorf("wrapped: %w", errors.NewNotFound(eventsResource, "x")),
	"invalid-construction":  &rest.RequestConstructionError{Err: stderrors.New("no host")},
	"unexpected-object":     &errors.UnexpectedObjectError{Object: &metav1.Status{Message: "a page of HTML"}},
	"connection-refused":    stderrors.New("connection refused"),
}

// terminating is what the server says about an event for a namespace that is being deleted.
func terminating() error {
	err := errors.NewForbidden(eventsResource, "x", stderrors.New("being terminated"))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{
		Type: "NamespaceTerminating", Message: "namespace default is being terminated",
	})
	return err
}
