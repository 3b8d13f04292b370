package fetch

import (
	"context"
	"errors"
	"time"
)

var errDeadline = errors.New("no complete answer in time")

// A deadline ends a Get that has been at work too long: it cancels the context
// with errDeadline. It runs while the Get works and rests while it waits in line,
// so that a long queue fails nobody. One goroutine at a time may use it.
type deadline struct {
	cancel context.CancelCauseFunc
	whole  time.Duration
	left   time.Duration
	since  time.Time   // it runs since; zero: it rests
	timer  *time.Timer // nil before the first resume
}

func newDeadline(d time.Duration, cancel context.CancelCauseFunc) *deadline {
	return &deadline{cancel: cancel, whole: d, left: d}
}

func (d *deadline) resume() {
	d.since = time.Now()
	if d.timer == nil {
		d.timer = time.AfterFunc(d.left, func() { d.cancel(errDeadline) })
		return
	}
	d.timer.Reset(d.left)
}

// pause stops the clock; pausing a resting deadline changes nothing.
func (d *deadline) pause() {
	if d.since.IsZero() {
		return
	}
	d.timer.Stop()
	d.left = max(0, d.left-time.Since(d.since))
	d.since = time.Time{}
}

// used is how long a resting deadline has run.
func (d *deadline) used() time.Duration { return d.whole - d.left }
