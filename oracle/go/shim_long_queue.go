//go:build k8s1.21

package main

import "k8s.io/apimachinery/pkg/watch"

func newBroadcaster(queueLength int, behaviour watch.FullChannelBehavior, long bool) *watch.Broadcaster {
	if long {
		return watch.NewLongQueueBroadcaster(queueLength, behaviour)
	}
	return watch.NewBroadcaster(queueLength, behaviour)
}
