// Records events into an API server with the recorders of client-go, one after the other, as a question on standard
// input says. It prints how many requests that took. What is stored is then compared with what kevent stores.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typed "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/record"
)

type question struct {
	Host, CA, Token, Agent string
	Recorder               string // core or events
	Component, Node        string
	Records                []recorded
}

type recorded struct {
	About, Related  *v1.ObjectReference
	Annotations     map[string]string
	Type, Reason    string
	Action, Message string
	Writes          int64 // how many requests to wait for before the next
}

// counting is a transport that counts the answers.
type counting struct {
	below http.RoundTripper
	done  *atomic.Int64
}

func (c counting) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := c.below.RoundTrip(request)
	c.done.Add(1)
	return response, err
}

func main() {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail(err)
	}
	var done atomic.Int64
	client, err := kubernetes.NewForConfig(&rest.Config{
		Host:            asked.Host,
		BearerToken:     asked.Token,
		TLSClientConfig: rest.TLSClientConfig{CAFile: asked.CA},
		UserAgent:       asked.Agent,
		QPS:             -1,
		WrapTransport:   func(below http.RoundTripper) http.RoundTripper { return counting{below, &done} },
	})
	if err != nil {
		fail(err)
	}
	tell := map[string]func(*kubernetes.Clientset, question) func(recorded){"core": core, "events": newer}[asked.Recorder](client, asked)
	var expected int64
	for number, each := range asked.Records {
		tell(each)
		expected += each.Writes
		for end := time.Now().Add(30 * time.Second); done.Load() < expected; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				fail(fmt.Errorf("record %d: %d requests, not %d", number, done.Load(), expected))
			}
		}
	}
	time.Sleep(200 * time.Millisecond) // for a request that should not be
	fmt.Println(done.Load())
}

func core(client *kubernetes.Clientset, asked question) func(recorded) {
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typed.EventSinkImpl{Interface: client.CoreV1().Events("")})
	recorder := broadcaster.NewRecorder(scheme.Scheme, v1.EventSource{Component: asked.Component, Host: asked.Node})
	return func(each recorded) {
		recorder.AnnotatedEventf(each.About, each.Annotations, each.Type, each.Reason, "%s", each.Message)
	}
}

func newer(client *kubernetes.Clientset, asked question) func(recorded) {
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	if err := broadcaster.StartRecordingToSinkWithContext(context.Background()); err != nil {
		fail(err)
	}
	recorder := broadcaster.NewRecorder(scheme.Scheme, asked.Component)
	return func(each recorded) {
		if each.Related == nil {
			recorder.Eventf(each.About, nil, each.Type, each.Reason, each.Action, "%s", each.Message)
		} else {
			recorder.Eventf(each.About, each.Related, each.Type, each.Reason, each.Action, "%s", each.Message)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
