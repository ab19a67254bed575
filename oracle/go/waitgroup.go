package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// answerWaitGroup operates on one wait group of the Go that built this program, until an operation panics.
func answerWaitGroup(text []byte) any {
	var question struct {
		Steps []struct {
			Op       string
			Delta, N int
		}
	}
	must(text, &question)
	var group sync.WaitGroup
	var parked atomic.Int64
	word := private(&group, "state").Addr().Interface().(*atomic.Uint64)
	answers := []any{}
	for _, step := range question.Steps {
		before := parked.Load()
		failure := ""
		switch step.Op {
		case "add":
			failure = panicOf(func() { group.Add(step.Delta) })
		case "done":
			failure = panicOf(group.Done)
		case "wait":
			for range step.N {
				parked.Add(1)
				go func() {
					defer parked.Add(-1)
					if text := panicOf(group.Wait); text != "" {
						failure = text
					}
				}()
				settle()
			}
		default:
			refuse("unknown operation on a wait group: %q", step.Op)
		}
		settle()
		state := word.Load()
		answer := map[string]any{
			"state":    fmt.Sprintf("0x%016x", state),
			"counter":  int32(state >> 32),
			"waiters":  uint32(state),
			"released": max(before-parked.Load(), 0),
		}
		answers = append(answers, answer)
		if failure != "" {
			answer["panic"] = failure
			break
		}
	}
	return answers
}

// panicOf runs f and tells what it panicked with, or nothing.
func panicOf(f func()) (text string) {
	defer func() {
		if failure := recover(); failure != nil {
			if _, ours := failure.(refusal); ours {
				panic(failure)
			}
			text = fmt.Sprint(failure)
		}
	}()
	f()
	return ""
}
