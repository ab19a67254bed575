package main

import "time"

// A handClock stands still until somebody moves it. What it does not say itself, such as Sleep, is the real clock's,
// and nobody asks for that.
type handClock struct {
	anyClock
	now time.Time
}

func newHandClock() *handClock { return &handClock{realClock, base} }

func (c *handClock) Now() time.Time { return c.now }

func (c *handClock) Since(t time.Time) time.Duration { return c.now.Sub(t) }

func (c *handClock) advance(ns int64) { c.now = c.now.Add(time.Duration(ns)) }
