package main

import (
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/record"
)

// A benchQuestion asks for one measurement. benchmarks/beside.py has the same one of kevent.
type benchQuestion struct {
	What     string // fanout, handover, correlator or pipeline
	Events   int
	Watchers int
	Queue    int    // each watcher's queue; that in front of the loop is client-go's own, or with long the same
	Long     bool   // NewLongQueueBroadcaster
	Lot      int    // of a hand-over: so many at a time
	About    string // of the correlator: new, repeated or combined
}

// answerBench measures once, in real time: nanoseconds for everything. The counts are checked.
func answerBench(text []byte) any {
	var question benchQuestion
	must(text, &question)
	measures := map[string]func(benchQuestion) time.Duration{
		"fanout": benchFanOut, "handover": benchHandOver, "correlator": benchCorrelator, "pipeline": benchPipeline,
	}
	return map[string]int64{"ns": named(measures, question.What)(question).Nanoseconds()}
}

// benchFanOut: one goroutine acts, every watcher receives everything in a goroutine of its own.
func benchFanOut(q benchQuestion) time.Duration {
	broadcaster := newBroadcaster(q.Queue, watch.WaitIfChannelFull, q.Long)
	event := &corev1.Event{}
	var reading sync.WaitGroup
	received := make([]int, q.Watchers)
	for number := range received {
		watcher, err := start(broadcaster)
		if err != nil {
			refuse("%v", err)
		}
		reading.Go(func() {
			count := 0
			for range watcher.ResultChan() {
				count++
			}
			received[number] = count
		})
	}
	began := time.Now()
	for range q.Events {
		broadcaster.Action(watch.Added, event)
	}
	broadcaster.Shutdown()
	reading.Wait()
	took := time.Since(began)
	for _, count := range received {
		checked("received", count, q.Events)
	}
	return took
}

// benchHandOver: one goroutine fills a lot, and waits until another one has read it.
func benchHandOver(q benchQuestion) time.Duration {
	full, empty := make(chan []int), make(chan struct{})
	count := 0
	go func() {
		for lot := range full {
			for range lot {
				count++
			}
			empty <- struct{}{}
		}
	}()
	lot := make([]int, 0, q.Lot)
	began := time.Now()
	for number := range q.Events {
		if lot = append(lot, number); len(lot) == q.Lot {
			full <- lot
			<-empty
			lot = lot[:0]
		}
	}
	took := time.Since(began)
	close(full)
	checked("handed over", count, q.Events/q.Lot*q.Lot)
	return took
}

func benchEvent(number int, message string) *corev1.Event {
	name := fmt.Sprintf("web-%d", number)
	at := metav1.NewTime(base)
	return &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: name + ".1580", Namespace: "default"},
		InvolvedObject: corev1.ObjectReference{
			Kind: "Pod", Namespace: "default", Name: name, UID: types.UID("uid-" + name), APIVersion: "v1",
			FieldPath: "spec.containers{app}",
		},
		Reason: "BackOff", Message: message, Source: corev1.EventSource{Component: "kubelet", Host: "node-1"},
		FirstTimestamp: at, LastTimestamp: at, Count: 1, Type: corev1.EventTypeNormal,
	}
}

// benchCorrelator: each event through a correlator, whose clock goes on so that the budget does not run out.
func benchCorrelator(q benchQuestion) time.Duration {
	events := make([]*corev1.Event, q.Events)
	step := 300 * time.Second
	for number := range events {
		switch q.About {
		case "new":
			events[number], step = benchEvent(number, "Back-off restarting failed container"), time.Microsecond
		case "repeated":
			events[number] = benchEvent(0, "Back-off restarting failed container")
		case "combined":
			events[number] = benchEvent(0, fmt.Sprintf("attempt %d", number))
		default:
			refuse("a correlator is measured about new, repeated or combined events, not %q", q.About)
		}
	}
	clock := newHandClock()
	correlator := newCorrelator(options{}, clock)
	began := time.Now()
	for _, event := range events {
		clock.advance(step.Nanoseconds())
		if _, err := correlator.EventCorrelate(event); err != nil {
			refuse("%v", err)
		}
	}
	return time.Since(began)
}

// A keepingSink keeps a copy of each event, as a store in memory would.
type keepingSink struct {
	stored map[string]*corev1.Event
	all    chan struct{} // closed when there are so many as it waits for
	wanted int
}

func (s *keepingSink) Create(event *corev1.Event) (*corev1.Event, error) {
	copied := event.DeepCopy()
	copied.ResourceVersion = fmt.Sprint(len(s.stored) + 1)
	s.stored[event.Namespace+"/"+event.Name] = copied
	if len(s.stored) == s.wanted {
		close(s.all)
	}
	return copied.DeepCopy(), nil // the caller's own
}

func (s *keepingSink) Update(event *corev1.Event) (*corev1.Event, error) { return s.Create(event) }

func (s *keepingSink) Patch(event *corev1.Event, _ []byte) (*corev1.Event, error) {
	return s.Create(event)
}

// benchPipeline: a recorder, each event about another object, a correlator, a sink in memory. What is in front and behind
// the loop is as long as client-go makes it, so the recorder pauses where it would lose events: each lot is waited for.
func benchPipeline(q benchQuestion) time.Duration {
	broadcaster := record.NewBroadcaster()
	lots := (q.Events + q.Lot - 1) / q.Lot
	sink := &keepingSink{stored: map[string]*corev1.Event{}}
	reached := make(chan struct{})
	pods := make([]*corev1.ObjectReference, q.Events)
	for number := range pods {
		name := fmt.Sprintf("web-%d", number)
		pods[number] = &corev1.ObjectReference{Kind: "Pod", Namespace: "default", Name: name, UID: types.UID(name), APIVersion: "v1"}
	}
	sink.all, sink.wanted = reached, min(q.Lot, q.Events)
	broadcaster.StartRecordingToSink(sink)
	recorder := broadcaster.NewRecorder(scheme, corev1.EventSource{Component: "bench"})
	began := time.Now()
	for lot := range lots {
		from, to := lot*q.Lot, min((lot+1)*q.Lot, q.Events)
		for _, pod := range pods[from:to] {
			recorder.Event(pod, corev1.EventTypeNormal, "Started", "Started container")
		}
		select {
		case <-reached:
		case <-time.After(time.Minute):
			refuse("events were lost: %d of %d are stored", len(sink.stored), to)
		}
		reached = make(chan struct{})
		sink.all, sink.wanted = reached, min(to+q.Lot, q.Events)
	}
	took := time.Since(began)
	shutdown(broadcaster)
	return took
}

func checked(what string, got, want int) {
	if got != want {
		refuse("%d %s, not %d", got, what, want)
	}
}
