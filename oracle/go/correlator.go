package main

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
)

// options are what a correlator can be told; zero is the default. Functions have names here.
type options struct {
	CacheSize, Burst                int
	QPS                             float32
	MaxEvents, MaxIntervalInSeconds int
	KeyFunc, MessageFunc            string
	SpamKeyFunc                     string
}

// What a question can name instead of Go's own functions.
var (
	keyFuncs = map[string]record.EventAggregatorKeyFunc{
		"": record.EventAggregatorByReasonFunc,
		// One group for each kind of object; what differs is the object.
		"kind": func(event *corev1.Event) (string, string) {
			return event.InvolvedObject.Kind, event.InvolvedObject.Name
		},
		// All events in one group; what differs is the reason.
		"reason": func(event *corev1.Event) (string, string) { return "all", event.Reason },
	}
	messageFuncs = map[string]record.EventAggregatorMessageFunc{
		"":      record.EventAggregatorByReasonMessageFunc,
		"fixed": func(*corev1.Event) string { return "many" },
		"tail":  func(event *corev1.Event) string { return event.Message + " (and similar ones)" },
	}
	spamKeyFuncs = map[string]func(*corev1.Event) string{
		"":       getSpamKey,
		"type":   func(event *corev1.Event) string { return event.Type },
		"object": func(event *corev1.Event) string { return event.InvolvedObject.Name },
	}
)

func named[F any](functions map[string]F, name string) F {
	function, ok := functions[name]
	if !ok {
		refuse("unknown function %q", name)
	}
	return function
}

// answerCorrelator sends events through one correlator, and tells it each result as what the server now has.
func answerCorrelator(text []byte) any {
	var question struct {
		Options options
		Steps   steps
	}
	must(text, &question)
	clock := newHandClock()
	correlator := newCorrelator(question.Options, clock)
	answers := []any{}
	for _, step := range question.Steps {
		clock.advance(step.AdvanceNS)
		if step.Event == nil {
			for i := range step.Fill {
				correlate(correlator, filler(fmt.Sprintf("fill-%d", i), clock.now))
			}
			answers = append(answers, nil)
			continue
		}
		answers = append(answers, correlate(correlator, step.Event.event(clock.now)))
	}
	return answers
}

func correlate(correlator *record.EventCorrelator, event *corev1.Event) map[string]any {
	result, err := correlator.EventCorrelate(event)
	answer := map[string]any{}
	if err != nil {
		answer["error"] = err.Error()
	}
	if result == nil {
		return answer
	}
	answer["skip"] = result.Skip
	if result.Event != nil {
		answer["event"] = eventAnswer(result.Event) // before the correlator hears of it again
		correlator.UpdateState(result.Event)
	}
	if result.Patch != nil {
		answer["patch"] = json.RawMessage(result.Patch)
	}
	return answer
}
