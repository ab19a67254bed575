package main

import (
	"reflect"

	"k8s.io/client-go/tools/record"
)

// answerFake tells what calls put into the channel of a FakeRecorder.
func answerFake(text []byte) any {
	var question struct {
		IncludeObject bool
		Calls         []call
	}
	must(text, &question)
	recorder := record.NewFakeRecorder(1)
	if question.IncludeObject {
		field := reflect.ValueOf(recorder).Elem().FieldByName("IncludeObject")
		if !field.IsValid() {
			refuse("this release's FakeRecorder has no IncludeObject")
		}
		field.SetBool(true)
	}
	answers := []any{}
	for _, call := range question.Calls {
		answers = append(answers, orRefusal(func() any {
			if failure := panicOf(func() { call.on(recorder) }); failure != "" {
				return map[string]any{"panic": failure}
			}
			select {
			case line := <-recorder.Events:
				return line
			default:
				return nil
			}
		}))
	}
	return answers
}
