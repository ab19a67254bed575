//go:build !k8s1.16

package main

import (
	"math/rand"
	"time"
	_ "unsafe" // for linkname

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
)

//go:linkname recordToSink k8s.io/client-go/tools/record.recordToSink
func recordToSink(record.EventSink, *corev1.Event, *record.EventCorrelator, *rand.Rand, time.Duration)

func newWriter(sink record.EventSink, correlator *record.EventCorrelator) func(*corev1.Event) {
	lots := rand.New(rand.NewSource(1))
	return func(event *corev1.Event) { recordToSink(sink, event, correlator, lots, 0) }
}
