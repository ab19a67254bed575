//go:build series && k8s1.29

package main

import (
	"context"

	eventsv1 "k8s.io/api/events/v1"
)

func (s *seriesSink) Create(_ context.Context, event *eventsv1.Event) (*eventsv1.Event, error) {
	return s.call("create", event, nil)
}

func (s *seriesSink) Update(_ context.Context, event *eventsv1.Event) (*eventsv1.Event, error) {
	return s.call("update", event, nil)
}

func (s *seriesSink) Patch(_ context.Context, event *eventsv1.Event, patch []byte) (*eventsv1.Event, error) {
	return s.call("patch", event, patch)
}
