//go:build series && k8s1.19

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	k8sruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/record"
)

func init() {
	kinds["series"] = answerSeries
	kinds["adapter"] = answerAdapter
}

type seriesQuestion struct {
	Controller string
	Sink       struct {
		Script  []string
		Then    string
		TakesNS []int64
	}
	Steps []seriesStep
	EndNS int64
}

type seriesStep struct {
	AfterNS            int64
	Op                 string // "record"; "stop", which ends what StartRecordingToSink has started; "shutdown"
	Regarding, Related *corev1.ObjectReference
	Type, Reason       string
	Action, Note       string
	Annotations        map[string]string
	Times              int
	EachNS             int64
}

// An eventfer is the one method that both packages' recorders of this kind have.
type eventfer interface {
	Eventf(regarding, related k8sruntime.Object, eventtype, reason, action, note string, args ...interface{})
}

// An annotater is an eventfer of a release that has annotations.
type annotater interface {
	AnnotatedEventf(regarding, related k8sruntime.Object, annotations map[string]string, eventtype, reason, action, note string, args ...interface{})
}

func (s seriesStep) on(recorder eventfer) {
	var regarding, related k8sruntime.Object // a nil pointer in one of them would not be nil
	if s.Regarding != nil {
		regarding = s.Regarding
	}
	if s.Related != nil {
		related = s.Related
	}
	if s.Annotations != nil {
		annotating, ok := recorder.(annotater)
		if !ok {
			refuse("this release's recorder has no AnnotatedEventf")
		}
		annotating.AnnotatedEventf(regarding, related, s.Annotations, s.Type, s.Reason, s.Action, "%s", s.Note)
		return
	}
	recorder.Eventf(regarding, related, s.Type, s.Reason, s.Action, "%s", s.Note)
}

// answerSeries runs the recorder of tools/events in virtual time, and tells what its sink was asked and when.
func answerSeries(text []byte) any {
	var question seriesQuestion
	must(text, &question)
	sink := &seriesSink{script: question.Sink.Script, then: orElse(question.Sink.Then, "ok"), takes: question.Sink.TakesNS, calls: []any{}}
	virtually(func() {
		broadcaster := events.NewBroadcaster(sink)
		stop := make(chan struct{})
		broadcaster.StartRecordingToSink(stop)
		recorder := broadcaster.NewRecorder(scheme, question.Controller)
		stopped, shut := false, false
		for _, step := range question.Steps {
			time.Sleep(time.Duration(step.AfterNS))
			atRest()
			switch step.Op {
			case "stop":
				close(stop)
				stopped = true
				atRest()
				continue
			case "shutdown":
				broadcaster.Shutdown()
				shut = true
				atRest()
				continue
			}
			for range orElse(step.Times, 1) {
				time.Sleep(time.Duration(step.EachNS))
				step.on(recorder)
				atRest()
			}
		}
		time.Sleep(time.Duration(question.EndNS))
		atRest()
		sink.end()
		if !stopped {
			close(stop)
		}
		if !shut {
			broadcaster.Shutdown()
		}
		time.Sleep(24 * time.Hour) // let retries run out
	})
	return sink.calls
}

// answerAdapter tells what events the older recorder makes of calls that were meant for the newer one.
func answerAdapter(text []byte) any {
	var question seriesQuestion
	must(text, &question)
	made := []any{}
	virtually(func() {
		broadcaster := record.NewBroadcaster()
		broadcaster.StartEventWatcher(func(event *corev1.Event) {
			text := string(encode(event))
			made = append(made, json.RawMessage(randomName.ReplaceAllString(text, `"name":"<a random UUID>"`)))
		})
		recorder := record.NewEventRecorderAdapter(broadcaster.NewRecorder(scheme, corev1.EventSource{Component: question.Controller}))
		atRest()
		for _, step := range question.Steps {
			time.Sleep(time.Duration(step.AfterNS))
			step.on(recorder)
			atRest()
		}
		broadcaster.Shutdown()
		atRest()
	})
	return made
}

// A seriesSink answers by a script, takes its time, and writes down what it was asked until its end.
type seriesSink struct {
	lock   sync.Mutex
	script []string
	then   string
	takes  []int64
	calls  []any
	ended  bool
}

func (s *seriesSink) end() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.ended = true
}

func (s *seriesSink) call(verb string, event *eventsv1.Event, patch []byte) (*eventsv1.Event, error) {
	answer, takes := s.note(verb, event, patch)
	time.Sleep(takes)
	if answer != "ok" {
		return nil, refusals[answer]
	}
	return event, nil
}

func (s *seriesSink) note(verb string, event *eventsv1.Event, patch []byte) (answer string, takes time.Duration) {
	s.lock.Lock()
	defer s.lock.Unlock()
	answer = s.then
	if len(s.script) > 0 {
		answer, s.script = s.script[0], s.script[1:]
	}
	if len(s.takes) > 0 {
		takes, s.takes = time.Duration(s.takes[0]), s.takes[1:]
	}
	if s.ended {
		return
	}
	call := map[string]any{"atNS": atNS(), "verb": verb, "event": plain(event), "answer": answer}
	if patch != nil {
		call["patch"] = json.RawMessage(patch)
	}
	s.calls = append(s.calls, call)
	return
}

// atNS is the time since the start, unless a pause drawn by lot has come before: questions are in whole milliseconds.
func atNS() any {
	if passed := time.Since(base); passed%time.Millisecond == 0 {
		return int64(passed)
	}
	return "random"
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
