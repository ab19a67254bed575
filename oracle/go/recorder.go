package main

import (
	"encoding/json"
	"reflect"
	"regexp"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/record"
)

// A call is one call of a recorder's method. Without a format, those that take one get "%s" and the message.
type call struct {
	AdvanceNS, PastNS             int64
	Method, Type, Reason, Message string
	Format                        *string
	Args                          []json.RawMessage
	Annotations                   map[string]string
	Obj                           json.RawMessage
}

func (c *call) object() runtime.Object {
	if c.Obj == nil || string(c.Obj) == "null" {
		return nil
	}
	var head struct {
		Go string `json:"__go"`
	}
	must(c.Obj, &head)
	if head.Go != "" {
		return object(c.Obj)
	}
	ref := &corev1.ObjectReference{}
	must(c.Obj, ref)
	return ref
}

func (c *call) message() (format string, arguments []any) {
	if c.Format == nil {
		return "%s", []any{c.Message}
	}
	return *c.Format, scalars(c.Args)
}

// A pastEventer has the method that was removed in 1.18.
type pastEventer interface {
	PastEventf(object runtime.Object, when metav1.Time, eventtype, reason, format string, arguments ...interface{})
}

func (c *call) on(recorder record.EventRecorder) {
	format, arguments := c.message()
	switch c.Method {
	case "event":
		recorder.Event(c.object(), c.Type, c.Reason, c.Message)
	case "eventf":
		recorder.Eventf(c.object(), c.Type, c.Reason, format, arguments...)
	case "annotated":
		recorder.AnnotatedEventf(c.object(), c.Annotations, c.Type, c.Reason, format, arguments...)
	case "past":
		past, ok := recorder.(pastEventer)
		if !ok {
			refuse("this release has no PastEventf")
		}
		when := metav1.Time{Time: base.Add(time.Duration(c.PastNS))}
		past.PastEventf(c.object(), when, c.Type, c.Reason, format, arguments...)
	default:
		refuse("unknown method of a recorder: %q", c.Method)
	}
}

// answerRecorder makes each call on a recorder with a fresh broadcaster that has one watcher.
func answerRecorder(text []byte) any {
	var question struct {
		Source corev1.EventSource
		Calls  []call
	}
	must(text, &question)
	clock := newHandClock()
	answers := []any{}
	for _, call := range question.Calls {
		clock.advance(call.AdvanceNS)
		answers = append(answers, orRefusal(func() any { return broadcastBy(question.Source, clock, call.on) }))
	}
	return answers
}

// orRefusal is the answer, or why this release has none to this one of several questions.
func orRefusal(ask func() any) (answer any) {
	defer func() {
		if failure := recover(); failure != nil {
			why, ours := failure.(refusal)
			if !ours {
				panic(failure)
			}
			answer = map[string]any{"refused": string(why)}
		}
	}()
	return ask()
}

// broadcastBy tells what a watcher receives of what one recorder is made to do.
func broadcastBy(source corev1.EventSource, clock *handClock, do func(record.EventRecorder)) any {
	broadcaster := record.NewBroadcaster()
	defer shutdown(broadcaster)
	watcher, err := start(broadcaster)
	if err != nil {
		panic(err)
	}
	do(recorderWith(broadcaster, source, clock))
	settle()
	select {
	case received := <-watcher.ResultChan():
		event := eventAnswer(received.Object.(*corev1.Event))
		event["name"] = unique.ReplaceAllString(event["name"].(string), "<a random UUID>")
		return map[string]any{"watchType": received.Type, "event": event}
	default:
		return nil
	}
}

const uuid = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`

var unique = regexp.MustCompile("^" + uuid + "$")

// recorderWith is a recorder that looks at this clock.
func recorderWith(
	broadcaster record.EventBroadcaster, source corev1.EventSource, clock *handClock,
) record.EventRecorder {
	recorder := broadcaster.NewRecorder(scheme, source)
	inner := any(recorder)
	if reflect.TypeOf(recorder).Elem().Field(0).Name == "recorderImpl" { // since 1.29 one with a logger is around it
		inner = private(recorder, "recorderImpl").Interface()
	}
	setPrivate(inner, "clock", clock)
	return recorder
}

// answerOrder tells whether events arrive in the order in which one goroutine recorded them.
func answerOrder(text []byte) any {
	var question struct{ Events int }
	must(text, &question)
	broadcaster := record.NewBroadcaster()
	defer shutdown(broadcaster)
	watcher, err := start(broadcaster)
	if err != nil {
		panic(err)
	}
	recorder := broadcaster.NewRecorder(scheme, corev1.EventSource{})
	for i := range question.Events {
		recorder.Eventf(&corev1.ObjectReference{Name: "web-0"}, "Normal", "R", "%09d", i)
	}
	settle()
	last := ""
	for range question.Events {
		message := (<-watcher.ResultChan()).Object.(*corev1.Event).Message
		if message < last {
			return "overtaken"
		}
		last = message
	}
	return "in order"
}
