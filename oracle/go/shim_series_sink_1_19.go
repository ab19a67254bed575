//go:build series && k8s1.19 && !k8s1.29

package main

import (
	eventsv1 "k8s.io/api/events/v1"
)

func (s *seriesSink) Create(event *eventsv1.Event) (*eventsv1.Event, error) {
	return s.call("create", event, nil)
}

func (s *seriesSink) Update(event *eventsv1.Event) (*eventsv1.Event, error) {
	return s.call("update", event, nil)
}

func (s *seriesSink) Patch(event *eventsv1.Event, patch []byte) (*eventsv1.Event, error) {
	return s.call("patch", event, patch)
}
