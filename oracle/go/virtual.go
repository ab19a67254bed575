package main

import (
	"flag"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// virtually runs f in a bubble of goroutines whose time moves only when all of them wait. It starts at base. f has to
// end what it started; goroutines that are left behind are what "blocked" tells.
func virtually(f func()) (blocked string) {
	var escaped any
	ran := func(t *testing.T) {
		defer func() {
			if failure := recover(); failure != nil {
				escaped = failure
			}
		}()
		synctest.Test(t, func(*testing.T) {
			time.Sleep(time.Until(base))
			f()
		})
	}
	test := testing.InternalTest{Name: "bubble", F: ran}
	testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{test})
	if escaped == nil {
		return ""
	}
	if err, ok := escaped.(error); ok && strings.HasPrefix(err.Error(), "deadlock:") {
		return err.Error()
	}
	panic(escaped)
}

func init() {
	testing.Init()
	if err := flag.CommandLine.Parse(nil); err != nil {
		panic(err)
	}
}

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
