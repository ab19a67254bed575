package main

import (
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

type muxQuestion struct {
	QueueLength int
	Wait        bool
	LongQueue   bool // as many places in front of the loop as behind it, since 1.20
	Blocking    bool // operations may block: each has a goroutine of its own, and the answer tells when it returned
	Steps       []muxStep
}

type muxStep struct {
	Op, ID string
	Objs   []string
	N      int
	Steps  []muxStep // of "together": operations that begin at once
}

// A muxRun is one broadcaster, its watchers by their names, and what each has received.
type muxRun struct {
	broadcaster *watch.Broadcaster
	watchers    map[string]watch.Interface
	received    map[string][]string
	closed      map[string]bool
	lock        sync.Mutex // of the maps: two calls of Watch may return at once
}

// answerMux operates on one watch.Broadcaster.
func answerMux(text []byte) any {
	var question muxQuestion
	must(text, &question)
	behaviour := watch.DropIfChannelFull
	if question.Wait {
		behaviour = watch.WaitIfChannelFull
	}
	run := &muxRun{
		broadcaster: newBroadcaster(question.QueueLength, behaviour, question.LongQueue),
		watchers:    map[string]watch.Interface{}, received: map[string][]string{}, closed: map[string]bool{},
	}
	if question.Blocking {
		return run.blocking(question.Steps)
	}
	for _, step := range question.Steps {
		run.take(step, &progress{})
		settle()
	}
	if panicOf(run.broadcaster.Shutdown) == "" { // before 1.25 a second one panics
		settle()
	}
	return run.drained()
}

// progress is what can be told of an operation that has not returned.
type progress struct {
	taken   int   // objects of an action that were taken in
	dropped int   // and those that action_or_drop did not take
	err     error // a method's error
}

func (r *muxRun) take(step muxStep, progress *progress) {
	switch step.Op {
	case "watch":
		r.add(step.ID, func() (watch.Interface, error) { return start(r.broadcaster) }, progress)
	case "watch_with_prefix":
		prefix := []watch.Event{}
		for _, name := range step.Objs {
			prefix = append(prefix, watch.Event{Type: watch.Added, Object: pod(name)})
		}
		r.add(step.ID, func() (watch.Interface, error) { return startWithPrefix(r.broadcaster, prefix) }, progress)
	case "action":
		for _, name := range step.Objs {
			if progress.err = act(r.broadcaster, watch.EventType(step.ID), pod(name)); progress.err != nil {
				return
			}
			progress.taken++
		}
	case "action_or_drop":
		for _, name := range step.Objs {
			sent, err := actOrDrop(r.broadcaster, watch.EventType(step.ID), pod(name))
			if progress.err = err; err != nil {
				return
			}
			if sent {
				progress.taken++
			} else {
				progress.dropped++
			}
		}
	case "receive":
		for range step.N {
			if !r.receive(step.ID) {
				return
			}
		}
	case "stop":
		r.known(step.ID).Stop()
	case "shutdown":
		r.broadcaster.Shutdown()
	default:
		refuse("unknown operation on a broadcaster: %q", step.Op)
	}
}

func (r *muxRun) add(name string, start func() (watch.Interface, error), progress *progress) {
	watcher, err := start()
	if progress.err = err; err != nil {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.watchers[name], r.received[name] = watcher, []string{}
}

func (r *muxRun) known(name string) watch.Interface {
	watcher, known := r.watchers[name]
	if !known {
		refuse("no watcher %q has been started", name)
	}
	return watcher
}

// receive takes one event from a watcher, if there is one.
func (r *muxRun) receive(name string) bool {
	select {
	case event, ok := <-r.known(name).ResultChan():
		if !ok {
			r.closed[name] = true
			return false
		}
		r.received[name] = append(r.received[name], fmt.Sprintf("%s:%s", event.Type, event.Object.(*corev1.Pod).Name))
		return true
	default:
		return false
	}
}

func (r *muxRun) drained() map[string]any {
	answer := map[string]any{}
	for name := range r.watchers {
		for r.receive(name) {
		}
		answer[name] = map[string]any{"received": r.received[name], "closed": r.closed[name]}
	}
	return answer
}

func pod(name string) *corev1.Pod { return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}} }
