//go:build series && k8s1.19

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/client-go/tools/events"
)

func init() { kinds["series"] = answerSeries }

type seriesQuestion struct {
	Controller string
	Sink       struct {
		Script []string
		Then   string
	}
	Steps []struct {
		AfterNS            int64
		Op                 string // "record", or "stop", which ends what StartRecordingToSink has started
		Regarding, Related *corev1.ObjectReference
		Type, Reason       string
		Action, Note       string
		Times              int
		EachNS             int64
	}
	EndNS int64
}

// answerSeries runs the recorder of tools/events in virtual time, and tells what its sink was asked and when.
func answerSeries(text []byte) any {
	var question seriesQuestion
	must(text, &question)
	sink := &seriesSink{script: question.Sink.Script, then: orElse(question.Sink.Then, "ok"), calls: []any{}}
	virtually(func() {
		broadcaster := events.NewBroadcaster(sink)
		stop := make(chan struct{})
		broadcaster.StartRecordingToSink(stop)
		recorder := broadcaster.NewRecorder(scheme, question.Controller)
		stopped := false
		for _, step := range question.Steps {
			time.Sleep(time.Duration(step.AfterNS))
			atRest()
			if step.Op == "stop" {
				close(stop)
				stopped = true
				atRest()
				continue
			}
			for range orElse(step.Times, 1) {
				time.Sleep(time.Duration(step.EachNS))
				if step.Related == nil {
					recorder.Eventf(step.Regarding, nil, step.Type, step.Reason, step.Action, "%s", step.Note)
				} else {
					recorder.Eventf(step.Regarding, step.Related, step.Type, step.Reason, step.Action, "%s", step.Note)
				}
				atRest()
			}
		}
		time.Sleep(time.Duration(question.EndNS))
		atRest()
		sink.told = true
		if !stopped {
			close(stop)
		}
		broadcaster.Shutdown()
		time.Sleep(24 * time.Hour) // let retries run out
	})
	return sink.calls
}

// A seriesSink answers by a script, and writes down what it was asked until told is set.
type seriesSink struct {
	script []string
	then   string
	calls  []any
	told   bool
}

func (s *seriesSink) call(verb string, event *eventsv1.Event, patch []byte) (*eventsv1.Event, error) {
	answer := s.then
	if len(s.script) > 0 {
		answer, s.script = s.script[0], s.script[1:]
	}
	call := map[string]any{"atNS": int64(time.Since(base)), "verb": verb, "event": plain(event), "answer": answer}
	if patch != nil {
		call["patch"] = json.RawMessage(patch)
	}
	if !s.told {
		s.calls = append(s.calls, call)
	}
	if answer != "ok" {
		return nil, refusals[answer]
	}
	return event, nil
}

// plain is an event as JSON, without the name of this machine and without what is random.
func plain(event *eventsv1.Event) json.RawMessage {
	text := string(encode(event))
	if host, err := os.Hostname(); err == nil && event.ReportingInstance != "" {
		text = strings.ReplaceAll(text, fmt.Sprintf("%s-%s", event.ReportingController, host), "<controller>-<host>")
	}
	return json.RawMessage(randomName.ReplaceAllString(text, `"name":"<a random UUID>"`))
}

var randomName = regexp.MustCompile(`"name":"` + uuid + `"`)
