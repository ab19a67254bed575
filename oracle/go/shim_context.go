//go:build k8s1.29

package main

import (
	"context"
	"time"

	"k8s.io/client-go/tools/record"
)

func newEventBroadcaster(sleep time.Duration, withContext bool) (record.EventBroadcaster, func()) {
	if !withContext {
		return record.NewBroadcaster(record.WithSleepDuration(sleep)), func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	return record.NewBroadcaster(record.WithSleepDuration(sleep), record.WithContext(ctx)), cancel
}
