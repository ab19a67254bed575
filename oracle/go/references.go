package main

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/reference"
)

// scheme knows the types of core/v1.
var scheme = func() *runtime.Scheme {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	setPrivate(scheme, "schemeName", "the oracle's") // else the place in the code that made it, which errors tell
	return scheme
}()

// A stranger is a type that no scheme knows.
type stranger struct{ corev1.Pod }

func (s *stranger) DeepCopyObject() runtime.Object { copied := *s; return &copied }

// object makes an object of a Go type of core/v1 ("__go"), filled from the JSON it is given in.
func object(text []byte) runtime.Object {
	var head struct {
		Go string `json:"__go"`
	}
	must(text, &head)
	var made runtime.Object
	switch head.Go {
	case "nil":
		return nil
	case "ObjectReference":
		made = &corev1.ObjectReference{}
	case "Stranger":
		made = &stranger{}
	default:
		known, err := scheme.New(corev1.SchemeGroupVersion.WithKind(head.Go))
		if err != nil {
			refuse("unknown Go type %q", head.Go)
		}
		made = known
	}
	must(text, made)
	return made
}

// answerReferences hands each object to GetReference.
func answerReferences(text []byte) any {
	var question struct{ Refs []json.RawMessage }
	must(text, &question)
	answers := []any{}
	for _, text := range question.Refs {
		ref, err := reference.GetReference(scheme, object(text))
		if err != nil {
			answers = append(answers, map[string]any{"error": err.Error()})
			continue
		}
		answers = append(answers, map[string]any{"ref": referenceAnswer(ref), "go_syntax": fmt.Sprintf("%#v", *ref)})
	}
	return answers
}
