package main

import (
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
)

// answerSink sends events through a correlator into a sink that answers by a script: through the private function
// that a handler calls, or, where the question says through "broadcaster", through StartRecordingToSink in virtual time.
func answerSink(text []byte) any {
	var question struct {
		Options options
		Steps   steps
		Through string
	}
	must(text, &question)
	if question.Through == "broadcaster" {
		return answerSinkThroughBroadcaster(question.Steps)
	}
	clock := newHandClock()
	sink := &scriptedSink{}
	write := newWriter(sink, newCorrelator(question.Options, clock))
	answers := []any{}
	for _, step := range question.Steps {
		clock.advance(step.AdvanceNS)
		sink.begin(step.Script)
		write(step.Event.event(clock.now))
		answers = append(answers, sink.calls)
	}
	return answers
}

func answerSinkThroughBroadcaster(steps steps) any {
	answers := []any{}
	virtually(func() {
		sink := &scriptedSink{}
		broadcaster := record.NewBroadcasterForTests(0)
		broadcaster.StartRecordingToSink(sink)
		for _, step := range steps {
			time.Sleep(time.Duration(step.AdvanceNS))
			sink.begin(step.Script)
			act(broadcaster, "ADDED", step.Event.event(time.Now().UTC()))
			atRest()
			answers = append(answers, sink.calls)
		}
		shutdown(broadcaster)
	})
	return answers
}

// A scriptedSink answers as it is told, and writes down what it was asked.
type scriptedSink struct {
	script  []string
	calls   []any
	version int
}

func (s *scriptedSink) begin(script []string) {
	for _, answer := range script {
		if _, known := refusals[answer]; !known && answer != "ok" {
			refuse("unknown answer of a sink: %q", answer)
		}
	}
	s.script, s.calls = script, []any{}
}

func (s *scriptedSink) Create(event *corev1.Event) (*corev1.Event, error) {
	return s.answer("create", event, nil)
}

func (s *scriptedSink) Update(event *corev1.Event) (*corev1.Event, error) {
	return s.answer("update", event, nil)
}

func (s *scriptedSink) Patch(event *corev1.Event, patch []byte) (*corev1.Event, error) {
	return s.answer("patch", event, patch)
}

func (s *scriptedSink) answer(verb string, event *corev1.Event, patch []byte) (*corev1.Event, error) {
	answer := "ok"
	if len(s.script) > 0 {
		answer, s.script = s.script[0], s.script[1:]
	}
	call := map[string]any{"verb": verb, "event": eventAnswer(event), "answer": answer}
	if patch != nil {
		call["patch"] = json.RawMessage(patch)
	}
	s.calls = append(s.calls, call)
	if answer != "ok" {
		return nil, refusals[answer]
	}
	s.version++
	stored := event.DeepCopy()
	stored.ResourceVersion = fmt.Sprint(s.version)
	return stored, nil
}
