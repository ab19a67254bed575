package main

// An operation is a step that may block, in a goroutine of its own.
type operation struct {
	progress
	takenInTime, droppedInTime int // by the end of the last step; what follows may be a race
	step                       muxStep
	ended                      bool
	returned                   any    // the number of the step that let it return, "end" for what follows the last step, or nil
	panicked                   string // instead of returning
	skipped                    bool   // stop or receive of a watcher whose watch has not returned
}

// blocking takes each step as far as it goes. At the end comes a shutdown, if none was asked for, and then every
// watcher is read until nothing moves any more.
func (r *muxRun) blocking(steps []muxStep) any {
	operations := []*operation{}
	shut := false
	for number, step := range steps {
		atOnce := []muxStep{step}
		if step.Op == "together" {
			atOnce = step.Steps
		}
		for _, step := range atOnce {
			operation := &operation{step: step}
			operations = append(operations, operation)
			shut = shut || step.Op == "shutdown"
			r.begin(operation)
		}
		settle()
		note(operations, number)
	}
	for _, operation := range operations {
		operation.takenInTime, operation.droppedInTime = operation.taken, operation.dropped
	}
	if !shut {
		r.begin(&operation{step: muxStep{Op: "shutdown"}})
	}
	for moved := true; moved; {
		settle()
		moved = false
		for name := range r.watchers {
			for r.receive(name) {
				moved = true
			}
		}
	}
	note(operations, "end")
	answers := []any{}
	for _, operation := range operations {
		answers = append(answers, operation.answer())
	}
	return map[string]any{"operations": answers, "watchers": r.drained()}
}

func (r *muxRun) begin(o *operation) {
	switch o.step.Op {
	case "action_or_drop":
		method(r.broadcaster, "ActionOrDrop") // refuses here, and not in a goroutine
	case "stop", "receive":
		if _, there := r.watchers[o.step.ID]; !there {
			o.ended, o.skipped = true, true
			return
		}
	}
	if o.step.Op == "receive" { // never blocks, and what it sets free may go on before it takes the next
		for range o.step.N {
			if !r.receive(o.step.ID) {
				break
			}
			settle()
		}
		o.ended = true
		return
	}
	go func() {
		o.panicked = panicOf(func() { r.take(o.step, &o.progress) })
		o.ended = true
	}()
}

// note writes down which operations have returned by now.
func note(operations []*operation, now any) {
	for _, o := range operations {
		if o.ended && o.returned == nil {
			o.returned = now
		}
	}
}

func (o *operation) answer() map[string]any {
	if o.skipped {
		return map[string]any{"skipped": true}
	}
	answer := map[string]any{"returned": o.returned}
	switch o.step.Op {
	case "action_or_drop":
		answer["dropped"] = o.droppedInTime
		fallthrough
	case "action":
		answer["taken"] = o.takenInTime
	}
	if o.err != nil {
		answer["error"] = o.err.Error()
	}
	if o.panicked != "" {
		answer["panic"] = o.panicked
	}
	return answer
}
