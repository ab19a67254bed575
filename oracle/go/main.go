// The oracle asks client-go, as it is, what it does. Each line of standard input is a question, a scenario in JSON
// with its kind; each line of standard output is the answer. ../README.md describes the kinds.
//
// One body of code serves every release. What differs from one release to another is in the files shim_*.go, which
// build tags choose, or is asked of a value's method set at run time.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"testing"
	"time"
)

// A refusal says why a question cannot be answered: it is malformed, or the release lacks what it asks for.
type refusal string

func refuse(format string, arguments ...any) {
	panic(refusal(fmt.Sprintf(format, arguments...)))
}

// must decodes a part of a question.
func must(text []byte, into any) {
	if err := json.Unmarshal(text, into); err != nil {
		refuse("not understood: %v", err)
	}
}

var kinds = map[string]func(question []byte) any{
	"bench":      answerBench,
	"correlator": answerCorrelator,
	"fake":       answerFake,
	"keys":       answerKeys,
	"logs":       answerLogs,
	"lost":       answerLost,
	"mux":        answerMux,
	"names":      answerNames,
	"order":      answerOrder,
	"quoting":    answerQuoting,
	"recorder":   answerRecorder,
	"recording":  answerRecording,
	"references": answerReferences,
	"sink":       answerSink,
	"spin":       answerSpin,
	"waitgroup":  answerWaitGroup,
}

// An outcome is one of several answers, where Go itself draws lots.
type outcome struct {
	Answer json.RawMessage `json:"answer"`
	Times  int             `json:"times"`
}

func main() {
	time.Local = time.UTC
	quietLogs()
	answers := os.Stdout
	os.Stdout = os.Stderr // what anybody else prints is no answer
	testing.Main(
		func(string, string) (bool, error) { return true, nil },
		[]testing.InternalTest{{Name: "oracle", F: func(t *testing.T) { test = t; serve(answers) }}}, nil, nil,
	)
}

// serve answers questions until there are no more.
func serve(answers io.Writer) {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			answers.Write(append(encode(respond(line)), '\n'))
		}
		if err != nil {
			return
		}
	}
}

// respond answers one question, as often as it wants.
func respond(line []byte) (response map[string]any) {
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case refusal:
			response = map[string]any{"refused": string(failure)}
		default:
			panic(failure)
		}
	}()
	var head struct {
		Kind string
		Runs int // ask so often, and tell how often which answer came
		Last int // of a list of answers, only so many, the last ones; 0 for all
	}
	must(line, &head)
	ask := kinds[head.Kind]
	if ask == nil {
		refuse("unknown kind %q", head.Kind)
	}
	answer := func() any {
		answer := ask(line)
		if list, ok := answer.([]any); ok && 0 < head.Last && head.Last < len(list) {
			return list[len(list)-head.Last:]
		}
		return answer
	}
	if head.Runs == 0 {
		return map[string]any{"expect": answer()}
	}
	times := map[string]int{}
	for range head.Runs {
		times[string(encode(answer()))]++
	}
	return map[string]any{"outcomes": ranked(times)}
}

// ranked sorts what came out by how often it did.
func ranked(times map[string]int) []outcome {
	outcomes := []outcome{}
	for answer, n := range times {
		outcomes = append(outcomes, outcome{json.RawMessage(answer), n})
	}
	sort.Slice(outcomes, func(i, j int) bool {
		if outcomes[i].Times != outcomes[j].Times {
			return outcomes[i].Times > outcomes[j].Times
		}
		return bytes.Compare(outcomes[i].Answer, outcomes[j].Answer) < 0
	})
	return outcomes
}

// encode gives JSON without HTML's escapes.
func encode(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}
