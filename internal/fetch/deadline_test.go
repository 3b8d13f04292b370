package fetch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A deadline counts work, not waiting.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		d := newDeadline(10*time.Second, cancel)
		for range 3 {
			d.resume()
			time.Sleep(3 * time.Second)
			d.pause()
			d.pause()
			time.Sleep(time.Hour)
		}
		if ctx.Err() != nil {
			t.Fatal("it counted a rest")
		}
		d.resume()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if context.Cause(ctx) != errDeadline {
			t.Errorf("got %v, want %v", context.Cause(ctx), errDeadline)
		}
		d.pause()
	})
}
