//go:build k8s1.27

package main

import (
	"reflect"
	"unsafe"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
)

// Since 1.27 it is a method of the broadcaster, whose type is private.
//
//go:linkname recordToSink k8s.io/client-go/tools/record.(*eventBroadcasterImpl).recordToSink
func recordToSink(unsafe.Pointer, record.EventSink, *corev1.Event, *record.EventCorrelator)

func newWriter(sink record.EventSink, correlator *record.EventCorrelator) func(*corev1.Event) {
	broadcaster := reflect.ValueOf(record.NewBroadcasterForTests(0)).UnsafePointer()
	return func(event *corev1.Event) { recordToSink(broadcaster, sink, event, correlator) }
}
