package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// answerQuoting tells how Go writes texts, fills formats, reads and writes events, and applies patches.
func answerQuoting(text []byte) any {
	var question struct {
		Texts   []string
		Formats []struct {
			Format string
			Args   []json.RawMessage
		}
		Documents []string
		Patches   []struct{ Document, Patch string }
	}
	must(text, &question)
	texts, formats, documents, patches := []any{}, []any{}, []any{}, []any{}
	for _, each := range question.Texts {
		plain, _ := json.Marshal(each)
		texts = append(texts, map[string]any{
			"json":      string(plain),
			"quoted":    fmt.Sprintf("%q", each),
			"ascii":     fmt.Sprintf("%+q", each),
			"go_syntax": fmt.Sprintf("%#v", corev1.ObjectReference{Name: each}),
		})
	}
	for _, each := range question.Formats {
		formats = append(formats, fmt.Sprintf(each.Format, scalars(each.Args)...))
	}
	for _, each := range question.Documents {
		documents = append(documents, reread([]byte(each)))
	}
	for _, each := range question.Patches {
		merged, err := strategicpatch.StrategicMergePatch([]byte(each.Document), []byte(each.Patch), corev1.Event{})
		if err != nil {
			patches = append(patches, map[string]any{"error": err.Error()})
			continue
		}
		patches = append(patches, reread(merged))
	}
	answer := map[string]any{}
	for name, answers := range map[string][]any{
		"texts": texts, "formats": formats, "documents": documents, "patches": patches,
	} {
		if len(answers) > 0 {
			answer[name] = answers
		}
	}
	return answer
}

// reread is an event's JSON as Go writes it after having read it.
func reread(document []byte) any {
	var event corev1.Event
	if err := json.Unmarshal(document, &event); err != nil {
		return map[string]any{"error": err.Error()}
	}
	written, err := json.Marshal(event)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return json.RawMessage(written)
}

// scalars are JSON's strings, booleans, null and numbers; a number without a point is an int.
func scalars(texts []json.RawMessage) []any {
	values := []any{}
	for _, text := range texts {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil {
			refuse("not understood: %v", err)
		}
		if number, ok := value.(json.Number); ok {
			if whole, err := number.Int64(); err == nil {
				value = int(whole)
			} else {
				value, _ = number.Float64()
			}
		}
		values = append(values, value)
	}
	return values
}
