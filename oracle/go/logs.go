package main

import (
	"flag"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
)

// logged are the lines that client-go logged since somebody took them. klog writes an error's line for its own
// severity and each below; only what arrives at the lowest is kept.
var logged lineWriter

type lineWriter struct {
	lock  sync.Mutex
	lines []string
}

// Write keeps one entry: the letter of its severity, and what follows the place in the code.
func (w *lineWriter) Write(entry []byte) (int, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	_, text, _ := strings.Cut(strings.TrimSuffix(string(entry), "\n"), "] ")
	w.lines = append(w.lines, string(entry[:1])+" "+text)
	return len(entry), nil
}

func (w *lineWriter) take() []string {
	w.lock.Lock()
	defer w.lock.Unlock()
	lines := w.lines
	w.lines = nil
	short := []string{} // equal lines in a row are one
	for i := 0; i < len(lines); {
		same := 1
		for i+same < len(lines) && lines[i+same] == lines[i] {
			same++
		}
		if same > 1 {
			short = append(short, fmt.Sprintf("%d times: %s", same, lines[i]))
		} else {
			short = append(short, lines[i])
		}
		i += same
	}
	return short
}

var klogFlagSet = flag.NewFlagSet("klog", flag.PanicOnError)

// quietLogs sends klog's lines to logged, and nowhere else.
func quietLogs() {
	klogFlags(klogFlagSet)
	verbosity(0)
	for name, value := range map[string]string{"logtostderr": "false", "stderrthreshold": "FATAL"} {
		if err := klogFlagSet.Set(name, value); err != nil {
			panic(err)
		}
	}
	for _, severity := range []string{"WARNING", "ERROR", "FATAL"} {
		klogOutput(severity, io.Discard)
	}
	klogOutput("INFO", &logged)
}

func verbosity(v int) {
	if err := klogFlagSet.Set("v", fmt.Sprint(v)); err != nil {
		panic(err)
	}
}

// answerLogs tells what is logged, at a verbosity, when a recorder is called, when a sink is written to, or when
// events come to StartLogging and, since 1.19, StartStructuredLogging.
func answerLogs(text []byte) any {
	var question struct {
		Verbosity  int
		Source     corev1.EventSource
		Calls      []call
		Steps      steps
		Logging    []eventQuestion
		Structured bool
		Level      int
	}
	must(text, &question)
	verbosity(question.Verbosity)
	defer verbosity(0)
	logged.take()
	clock := newHandClock()
	answers := []any{}
	for _, call := range question.Calls {
		clock.advance(call.AdvanceNS)
		broadcastBy(question.Source, clock, call.on)
		answers = append(answers, logged.take())
	}
	sink := &scriptedSink{}
	write := newWriter(sink, newCorrelator(options{}, clock))
	for _, step := range question.Steps {
		clock.advance(step.AdvanceNS)
		sink.begin(step.Script)
		write(step.Event.event(clock.now))
		answers = append(answers, logged.take())
	}
	for _, each := range question.Logging {
		answers = append(answers, logging(each.event(clock.now), question.Structured, question.Level))
	}
	return answers
}

func logging(event *corev1.Event, structured bool, level int) []string {
	broadcaster := record.NewBroadcaster()
	defer shutdown(broadcaster)
	if structured {
		method := method(broadcaster, "StartStructuredLogging")
		method.Call([]reflect.Value{reflect.ValueOf(level).Convert(method.Type().In(0))})
	} else {
		broadcaster.StartLogging(func(format string, arguments ...interface{}) {
			logged.Write([]byte("- ] " + fmt.Sprintf(format, arguments...)))
		})
	}
	if err := act(broadcaster, "ADDED", event); err != nil {
		panic(err)
	}
	settle()
	return logged.take()
}
