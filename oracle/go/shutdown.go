package main

import (
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// answerLost tells how many events a handler still gets that lie in its queue when all ends, while the handler is busy
// with the one before.
func answerLost(text []byte) any {
	var question struct {
		Queued int
		By     string // shutdown, cancel or stop
	}
	must(text, &question)
	broadcaster, cancel := newEventBroadcaster(0, question.By == "cancel")
	handled := 0
	release := make(chan struct{})
	watcher := broadcaster.StartEventWatcher(func(*corev1.Event) {
		<-release
		handled++
	})
	for range 1 + question.Queued {
		if err := act(broadcaster, "ADDED", &corev1.Event{}); err != nil {
			panic(err)
		}
	}
	settle()
	switch question.By {
	case "shutdown":
		go shutdown(broadcaster)
	case "cancel":
		cancel()
	case "stop":
		go watcher.Stop()
	default:
		refuse("unknown end: %q", question.By)
	}
	settle()
	close(release)
	if question.By == "stop" {
		// Some releases spin for ever now.
		for before := -1; before != handled; time.Sleep(10 * time.Millisecond) {
			before = handled
		}
	} else {
		settle()
	}
	answer := handled - 1
	if question.By != "shutdown" {
		panicOf(func() { shutdown(broadcaster) })
	}
	return answer
}

// answerSpin tells whether the program is busy although nothing happens, after the watcher that StartEventWatcher
// returned was stopped, or the broadcaster shut down. This is the one question that takes real time.
func answerSpin(text []byte) any {
	var question struct{ By string }
	must(text, &question)
	broadcaster, _ := newEventBroadcaster(0, false)
	watcher := broadcaster.StartEventWatcher(func(*corev1.Event) {})
	settle()
	if question.By == "stop" {
		watcher.Stop()
		defer shutdown(broadcaster)
	} else {
		shutdown(broadcaster)
	}
	before, busy := processor(), false
	for range 20 { // a machine that is busy itself gives little to a loop that spins
		time.Sleep(50 * time.Millisecond)
		busy = busy || processor()-before > 50*time.Millisecond
	}
	return map[string]any{"spins": busy}
}

// processor is the time of the processor that this program has used.
func processor() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
