// What the Go that builds the oracle does itself, on the machine it is built for: no client-go is involved. It prints
// one JSON object, an answer for each experiment of book/data/go.json.
package main

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

func main() {
	answers := map[string]any{
		"five-calls":           fiveCalls(),
		"size":                 map[string]uintptr{"bytes": unsafe.Sizeof(sync.WaitGroup{}), "alignment": unsafe.Alignof(sync.WaitGroup{})},
		"where-the-counter-is": []any{placeOfCounter(0), placeOfCounter(4)},
		"unaligned-addition":   unalignedAddition(),
		"a-percent-sign":       []string{filled("95% used"), filled("100%")},
		"arguments-as-one":     passedOn("attempt %d of %d", 2, 3),
		"two-misuses":          []any{addedUnderAWaiter(), reusedTooSoon()},
	}
	if bits.UintSize == 64 {
		answers["large-deltas"] = largeDeltas()
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.Encode(answers)
}

// block is memory that starts so many bytes behind an eight-byte boundary.
func block(offset uintptr) unsafe.Pointer {
	words := new([8]uint64)
	return unsafe.Add(unsafe.Pointer(words), offset)
}

// word finds the 64-bit word of a wait group, which lies behind what says that it must not be copied.
func word(group *sync.WaitGroup) *uint64 { return (*uint64)(unsafe.Pointer(group)) }

func fiveCalls() []string {
	group := new(sync.WaitGroup)
	seen := []string{}
	waiting := func() {
		go group.Wait()
		for uint32(atomic.LoadUint64(word(group))) != uint32(len(seen)) { // after so many notes so many wait
			runtime.Gosched()
		}
	}
	note := func() { seen = append(seen, fmt.Sprintf("0x%016x", atomic.LoadUint64(word(group)))) }
	group.Add(3)
	note()
	waiting()
	note()
	waiting()
	note()
	group.Done()
	note()
	group.Add(-2)
	note()
	return seen
}

// placeOfCounter lays a wait group over zeros and tells how many bytes behind its start its counter stands.
func placeOfCounter(offset uintptr) any {
	return attempt(func() any {
		start := block(offset)
		(*sync.WaitGroup)(start).Add(3)
		for place := uintptr(0); place < unsafe.Sizeof(sync.WaitGroup{}); place += 4 {
			if *(*uint32)(unsafe.Add(start, place)) == 3 {
				return place
			}
		}
		return nil
	})
}

func unalignedAddition() any {
	const added = "it is added"
	answer := attempt(func() any { atomic.AddUint64((*uint64)(block(4)), 1); return added })
	if answer != added {
		return fmt.Sprint("panic: ", answer)
	}
	return added
}

func largeDeltas() []any {
	results := []any{}
	for _, delta := range []uint64{1<<31 - 1, 1 << 31, 1 << 32, 1<<32 + 5} {
		results = append(results, attempt(func() any {
			group := new(sync.WaitGroup)
			group.Add(int(delta))
			return int32(atomic.LoadUint64(word(group)) >> 32)
		}))
	}
	return results
}

// addedUnderAWaiter counts the first up while somebody waits already: the word of that moment is laid down by hand.
func addedUnderAWaiter() any {
	group := new(sync.WaitGroup)
	atomic.StoreUint64(word(group), 1)
	return attempt(func() any { group.Add(1); return "it is added" })
}

// reusedTooSoon counts up again between the end of the wait and the waiter's awakening, as often as it takes to hit that.
func reusedTooSoon() any {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for {
		group := new(sync.WaitGroup)
		group.Add(1)
		waited := make(chan any)
		go func() { waited <- attempt(func() any { group.Wait(); return nil }) }()
		for uint32(atomic.LoadUint64(word(group))) == 0 {
			runtime.Gosched()
		}
		group.Done()
		group.Add(1)
		if answer := <-waited; answer != nil {
			return answer
		}
	}
}

// filled fills a format that has come from elsewhere, so no compiler has looked at it.
func filled(format string, arguments ...any) string { return fmt.Sprintf(format, arguments...) }

// passedOn hands its arguments on as one.
func passedOn(format string, arguments ...any) string { return filled(format, any(arguments)) }

// attempt is the answer, or what the panic says. A fatal error on the way would end the program.
func attempt(ask func() any) (answer any) {
	defer func() {
		if failure := recover(); failure != nil {
			answer = strings.TrimPrefix(fmt.Sprint(failure), "runtime error: ")
		}
	}()
	return ask()
}
