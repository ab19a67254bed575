package main

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// virtually runs f in a bubble of goroutines whose time moves only when all of them wait. It starts at base. If f leaves
// goroutines behind that wait for ever, it tells so.
func virtually(f func()) (leaked bool) {
	var refused any // a panic in a bubble ends the program, so a refusal is carried out of it
	defer func() {
		failure := recover()
		if refused != nil {
			panic(refused)
		}
		if err, ok := failure.(error); ok && strings.HasPrefix(err.Error(), "deadlock:") {
			leaked = true
		} else if failure != nil {
			panic(failure)
		}
	}()
	synctest.Test(test, func(*testing.T) {
		time.Sleep(time.Until(base))
		defer func() {
			failure := recover()
			if _, ours := failure.(refusal); ours {
				refused = failure
			} else if failure != nil {
				panic(failure)
			}
		}()
		f()
	})
	if refused != nil {
		panic(refused)
	}
	return false
}

// test is what synctest wants of a test. The whole program is one.
var test *testing.T

// atRest waits until every other goroutine of the bubble waits.
func atRest() { synctest.Wait() }

// settle waits until every other goroutine of the program waits, by looking at what each is doing. Unlike a bubble it
// knows goroutines that wait for a mutex. Nothing it is used for has to do with time.
func settle() {
	for {
		runtime.Gosched()
		if quiet(stacks()) {
			return
		}
	}
}

// stacks is a snapshot of all goroutines, taken while the world stands still.
func stacks() string {
	for size := 1 << 16; ; size *= 4 {
		buffer := make([]byte, size)
		if n := runtime.Stack(buffer, true); n < size {
			return string(buffer[:n])
		}
	}
}

// quiet says whether in a snapshot only the first goroutine, which took it, is doing something.
func quiet(stacks string) bool {
	for _, each := range strings.Split(stacks, "\n\n")[1:] {
		_, state, _ := strings.Cut(each, "[")
		state, _, _ = strings.Cut(state, "]")
		state, _, _ = strings.Cut(state, ",")
		switch state {
		case "running", "runnable", "syscall", "copystack", "preempted", "waiting":
			return false
		}
	}
	return true
}

// inThisBubble says whether a goroutine of the caller's bubble is in a function.
func inThisBubble(function string) bool {
	all := strings.Split(stacks(), "\n\n")
	_, bubble, _ := strings.Cut(all[0], "synctest bubble ")
	bubble, _, _ = strings.Cut(bubble, "]")
	for _, each := range all {
		head, _, _ := strings.Cut(each, "\n")
		if strings.Contains(head, "synctest bubble "+bubble+"]") && strings.Contains(each, function) {
			return true
		}
	}
	return false
}
