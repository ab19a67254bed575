//go:build k8s1.16 && !k8s1.27

package main

import (
	"time"
	_ "unsafe" // for linkname

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
)

//go:linkname recordToSink k8s.io/client-go/tools/record.recordToSink
func recordToSink(record.EventSink, *corev1.Event, *record.EventCorrelator, time.Duration)

func newWriter(sink record.EventSink, correlator *record.EventCorrelator) func(*corev1.Event) {
	return func(event *corev1.Event) { recordToSink(sink, event, correlator, 0) }
}
