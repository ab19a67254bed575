package main

import (
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// base is where every clock starts.
var base = time.Date(2019, 2, 5, 0, 0, 0, 0, time.UTC)

// A step moves the clock, and says which event is at hand.
type step struct {
	AdvanceNS int64
	Event     *eventQuestion
	Fill      int
	Script    []string
	Times     int  // take this step so often
	Numbered  bool // and number the messages, from 0
}

// steps are a question's steps, each as often as it wants to be taken.
type steps []step

func (s *steps) UnmarshalJSON(text []byte) error {
	var given []step
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	for _, step := range given {
		for i := range max(step.Times, 1) {
			one := step
			if step.Numbered {
				event := *step.Event
				event.Message = fmt.Sprint(event.Message, i)
				one.Event = &event
			}
			*s = append(*s, one)
		}
	}
	return nil
}

// An eventQuestion describes an event. What is absent is empty, the count 1, and the times the clock's.
type eventQuestion struct {
	Name, Namespace, Reason, Message, Type, Component, Host string
	ReportingController, ReportingInstance, ResourceVersion string
	Annotations                                             map[string]string
	Obj                                                     corev1.ObjectReference
	Count                                                   *int32
	FirstTimestamp, LastTimestamp                           json.RawMessage
}

func (q *eventQuestion) event(now time.Time) *corev1.Event {
	count := int32(1)
	if q.Count != nil {
		count = *q.Count
	}
	return &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{
			Name: q.Name, Namespace: q.Namespace, Annotations: q.Annotations, ResourceVersion: q.ResourceVersion,
		},
		InvolvedObject:      q.Obj,
		Reason:              q.Reason,
		Message:             q.Message,
		Type:                q.Type,
		Source:              corev1.EventSource{Component: q.Component, Host: q.Host},
		ReportingController: q.ReportingController,
		ReportingInstance:   q.ReportingInstance,
		Count:               count,
		FirstTimestamp:      moment(q.FirstTimestamp, now),
		LastTimestamp:       moment(q.LastTimestamp, now),
	}
}

// moment is a time in Unix nanoseconds: null is the zero time, and nothing at all is now.
func moment(text json.RawMessage, now time.Time) metav1.Time {
	if text == nil {
		return metav1.Time{Time: now}
	}
	var ns *int64
	must(text, &ns)
	if ns == nil {
		return metav1.Time{}
	}
	return metav1.Time{Time: time.Unix(0, *ns).UTC()}
}

// filler is one of the events about ever new objects that crowd others out of the caches.
func filler(name string, now time.Time) *corev1.Event {
	q := eventQuestion{
		Name: name, Namespace: "default", Reason: "Fill", Message: "fill", Type: "Normal",
		Component: "kubelet", Host: "node-1",
	}
	q.Obj = corev1.ObjectReference{
		Kind: "Pod", Namespace: "default", Name: name, UID: types.UID(name), APIVersion: "v1",
	}
	return q.event(now)
}

func eventAnswer(event *corev1.Event) map[string]any {
	answer := map[string]any{
		"annotations":     event.Annotations,
		"count":           event.Count,
		"firstTimestamp":  nanoseconds(event.FirstTimestamp),
		"involvedObject":  referenceAnswer(&event.InvolvedObject),
		"lastTimestamp":   nanoseconds(event.LastTimestamp),
		"message":         event.Message,
		"name":            event.Name,
		"namespace":       event.Namespace,
		"reason":          event.Reason,
		"resourceVersion": event.ResourceVersion,
		"source":          map[string]any{"component": event.Source.Component, "host": event.Source.Host},
		"type":            event.Type,
	}
	if event.ReportingController != "" {
		answer["reportingController"] = event.ReportingController
	}
	if event.ReportingInstance != "" {
		answer["reportingInstance"] = event.ReportingInstance
	}
	return answer
}

func nanoseconds(t metav1.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixNano()
}

func referenceAnswer(ref *corev1.ObjectReference) map[string]any {
	return map[string]any{
		"apiVersion":      ref.APIVersion,
		"fieldPath":       ref.FieldPath,
		"kind":            ref.Kind,
		"name":            ref.Name,
		"namespace":       ref.Namespace,
		"resourceVersion": ref.ResourceVersion,
		"uid":             ref.UID,
	}
}
