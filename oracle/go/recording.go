package main

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/record"
)

// answerRecording runs a whole pipeline in virtual time: recorder, broadcaster, correlator, and a sink that takes its
// time. The answer has the sink's calls, what each step came to, and who still waits at the end.
func answerRecording(text []byte) any {
	var question recordingQuestion
	must(text, &question)
	logged.take()
	run := &recordingRun{question: question, answer: map[string]any{}}
	leaked := virtually(run.run)
	run.answer["logs"] = logged.take()
	if !question.Logs {
		delete(run.answer, "logs")
	}
	if leaked {
		run.answer["leaked"] = true
	}
	return run.answer
}

type recordingQuestion struct {
	Context bool   // the broadcaster has a context that a step can end, since 1.29
	Summary string // "number": the answer has only the number of calls; "tries": the number for each object
	Logs    bool   // the answer has the lines logged
	SleepNS int64
	Sink    struct {
		Script  []string // answers to the first calls
		Then    string   // the answer to each further one
		TakesNS []int64  // how long the first calls last; further ones take no time
	}
	Steps []recordingStep
	EndNS int64 // how long to wait after the last step
}

type recordingStep struct {
	AfterNS int64
	Op      string // record, shutdown, cancel, stop or watch
	call
	Times  int  // record so many, with numbered messages
	Apart  bool // each about an object of its own
	EachNS int64
}

type recordingRun struct {
	question    recordingQuestion
	broadcaster record.EventBroadcaster
	cancel      func()
	watcher     watch.Interface
	recorder    record.EventRecorder
	answer      map[string]any
}

func (r *recordingRun) run() {
	r.broadcaster, r.cancel = newEventBroadcaster(time.Duration(r.question.SleepNS), r.question.Context)
	sink := &slowSink{run: r, calls: []any{}}
	r.watcher = r.broadcaster.StartRecordingToSink(sink)
	r.recorder = r.broadcaster.NewRecorder(scheme, corev1.EventSource{Component: "kubelet", Host: "node-1"})
	steps := []any{}
	shut := false
	for _, step := range r.question.Steps {
		time.Sleep(time.Duration(step.AfterNS))
		atRest()
		shut = shut || step.Op == "shutdown"
		steps = append(steps, r.take(step))
	}
	time.Sleep(time.Duration(r.question.EndNS))
	atRest()
	r.answer["steps"], r.answer["calls"] = steps, append([]any{}, sink.calls...)
	switch r.question.Summary {
	case "number":
		r.answer["calls"] = len(sink.calls)
	case "tries":
		r.answer["calls"] = tries(sink.calls)
	}
	r.answer["distributing"] = inThisBubble("watch.(*Broadcaster).loop")
	if !shut {
		r.take(recordingStep{Op: "shutdown"})
	}
	time.Sleep(24 * time.Hour) // let retries run out
}

// take does one step, and waits until all that it set in motion has come to rest; it does not wait for time to pass.
func (r *recordingRun) take(step recordingStep) any {
	answer := map[string]any{}
	switch step.Op {
	case "record":
		for i := range orElse(step.Times, 1) {
			time.Sleep(time.Duration(step.EachNS))
			step.call.numbered(i, step.Times, step.Apart).on(r.recorder)
			atRest()
		}
	case "shutdown":
		began := time.Now()
		ended := false
		go func() {
			if text := panicOf(func() { shutdown(r.broadcaster) }); text != "" {
				answer["panic"] = text
			}
			ended = true
		}()
		atRest()
		answer["returned"] = ended && time.Since(began) == 0
	case "cancel":
		r.cancel()
		atRest()
	case "stop":
		r.watcher.Stop()
		atRest()
	case "watch":
		if text := panicOf(func() { r.broadcaster.StartEventWatcher(func(*corev1.Event) {}) }); text != "" {
			answer["panic"] = text
		}
		atRest()
	default:
		refuse("unknown step of a recording: %q", step.Op)
	}
	return answer
}

// numbered is the call for the i-th event of several.
func (c call) numbered(i, times int, apart bool) *call {
	if times > 1 {
		c.Message = fmt.Sprintf("%s %d", c.Message, i)
	}
	if apart {
		ref := *c.object().(*corev1.ObjectReference)
		ref.Name = fmt.Sprintf("%s-%d", ref.Name, i)
		c.Obj = encode(ref)
	}
	return &c
}

// A slowSink answers by a script and takes its time.
type slowSink struct {
	run   *recordingRun
	calls []any
	last  time.Time // when the last call ended
}

func (s *slowSink) Create(event *corev1.Event) (*corev1.Event, error) { return s.call("create", event) }

func (s *slowSink) Update(event *corev1.Event) (*corev1.Event, error) { return s.call("update", event) }

func (s *slowSink) Patch(event *corev1.Event, _ []byte) (*corev1.Event, error) {
	return s.call("patch", event)
}

func (s *slowSink) call(verb string, event *corev1.Event) (*corev1.Event, error) {
	plan := s.run.question.Sink
	number := len(s.calls)
	answer := orElse(plan.Then, "ok")
	if number < len(plan.Script) {
		answer = plan.Script[number]
	}
	call := map[string]any{
		"verb": verb, "about": event.InvolvedObject.Name, "message": event.Message, "count": event.Count,
		"answer": answer, "pauseNS": s.pause(),
	}
	s.calls = append(s.calls, call)
	if number < len(plan.TakesNS) {
		time.Sleep(time.Duration(plan.TakesNS[number]))
	}
	s.last = time.Now()
	if answer != "ok" {
		return nil, refusals[answer]
	}
	return event, nil
}

// pause is how long nothing was asked of the sink. The pause before an event's second try is drawn by lot, and what
// else has odd nanoseconds follows from that.
func (s *slowSink) pause() any {
	if s.last.IsZero() {
		return 0
	}
	pause := time.Since(s.last)
	if pause%time.Millisecond != 0 {
		return "random"
	}
	return int64(pause)
}

// tries counts the calls about each object, in the order of the first ones.
func tries(calls []any) []any {
	counted := []any{}
	last := map[string]any{}
	for _, each := range calls {
		about := each.(map[string]any)["about"]
		if last["about"] != about {
			last = map[string]any{"about": about, "tries": 0}
			counted = append(counted, last)
		}
		last["tries"] = last["tries"].(int) + 1
	}
	return counted
}
