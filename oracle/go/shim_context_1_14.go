//go:build !k8s1.29

package main

import (
	"time"

	"k8s.io/client-go/tools/record"
)

func newEventBroadcaster(sleep time.Duration, withContext bool) (record.EventBroadcaster, func()) {
	if withContext {
		refuse("this release's broadcasters have no context")
	}
	return record.NewBroadcasterForTests(sleep), func() {}
}
