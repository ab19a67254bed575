package main

import (
	_ "unsafe" // for linkname

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
)

//go:linkname getEventKey k8s.io/client-go/tools/record.getEventKey
func getEventKey(event *corev1.Event) string

//go:linkname getSpamKey k8s.io/client-go/tools/record.getSpamKey
func getSpamKey(event *corev1.Event) string

// answerKeys tells the four keys of each event.
func answerKeys(text []byte) any {
	var question struct{ Steps steps }
	must(text, &question)
	clock := newHandClock()
	answers := []any{}
	for _, step := range question.Steps {
		clock.advance(step.AdvanceNS)
		event := step.Event.event(clock.now)
		aggregate, local := record.EventAggregatorByReasonFunc(event)
		answers = append(answers, map[string]any{
			"eventKey":     getEventKey(event),
			"spamKey":      getSpamKey(event),
			"aggregateKey": aggregate,
			"localKey":     local,
		})
	}
	return answers
}
