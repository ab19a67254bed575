//go:build k8s1.15

package main

import (
	"reflect"

	"k8s.io/client-go/tools/record"
)

func newCorrelator(o options, clock *handClock) *record.EventCorrelator {
	return record.NewEventCorrelatorWithOptions(correlatorOptions(o, clock))
}

func correlatorOptions(o options, clock *handClock) record.CorrelatorOptions {
	made := record.CorrelatorOptions{
		LRUCacheSize: o.CacheSize, BurstSize: o.Burst, QPS: o.QPS,
		MaxEvents: o.MaxEvents, MaxIntervalInSeconds: o.MaxIntervalInSeconds, Clock: clock,
	}
	if o.KeyFunc != "" {
		made.KeyFunc = named(keyFuncs, o.KeyFunc)
	}
	if o.MessageFunc != "" {
		made.MessageFunc = named(messageFuncs, o.MessageFunc)
	}
	if o.SpamKeyFunc != "" {
		field := reflect.ValueOf(&made).Elem().FieldByName("SpamKeyFunc") // since 1.23
		if !field.IsValid() {
			refuse("this release has no SpamKeyFunc")
		}
		field.Set(reflect.ValueOf(named(spamKeyFuncs, o.SpamKeyFunc)).Convert(field.Type()))
	}
	return made
}
