//go:build !k8s1.15

package main

import (
	"unsafe"

	"k8s.io/client-go/tools/record"
)

// 1.14 has no CorrelatorOptions. Its parts can be made to order; they are put into a correlator of the default kind.
func newCorrelator(o options, clock *handClock) *record.EventCorrelator {
	correlator := record.NewEventCorrelator(clock)
	if o == (options{}) {
		return correlator
	}
	size := orElse(o.CacheSize, 4096)
	filter := record.NewEventSourceObjectSpamFilter(size, orElse(o.Burst, 25), orElse(o.QPS, 1./300.), clock)
	if o.SpamKeyFunc != "" {
		refuse("this release has no SpamKeyFunc")
	}
	aggregator := record.NewEventAggregator(
		size, named(keyFuncs, o.KeyFunc), named(messageFuncs, o.MessageFunc),
		orElse(o.MaxEvents, 10), orElse(o.MaxIntervalInSeconds, 600), clock,
	)
	setPrivate(correlator, "filterFunc", record.EventFilterFunc(filter.Filter))
	setPrivate(correlator, "aggregator", aggregator)
	setPrivate(correlator, "logger", newEventLogger(size, clock))
	return correlator
}

//go:linkname newEventLogger k8s.io/client-go/tools/record.newEventLogger
func newEventLogger(size int, clock anyClock) unsafe.Pointer
