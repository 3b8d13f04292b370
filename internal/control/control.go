// Package control offers the newsroom to commands: every operation is one POST
// of a JSON request to /v1/NAME, answered by lines of JSON, any number of them
// progress and the last a result or an error. A daemon serves it on a Unix
// socket in its data folder; a command that finds no daemon serves the very same
// handler to itself. Who may decide is who may open the socket.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"rightswire/internal/newsroom"
	"rightswire/internal/store"
	"rightswire/internal/text"
)

const (
	// maxRequest bounds a request: a pasted text of 512 KB, escaped.
	maxRequest = 4 << 20
	// progressEvery is how often progress is told at most.
	progressEvery = 100 * time.Millisecond
	// asHeader names who decides where that is not the peer's user, escaped as in a
	// URL's path.
	asHeader = "Rightswire-As"
	// maxName bounds that name, in bytes.
	maxName = 200
)

// The operations by name.
const (
	OpRefresh = "refresh"
	OpItems   = "items"
	OpShow    = "show"
	OpSources = "sources"
	OpStatus  = "status"
	OpDecide  = "decide"
	OpAdd     = "add-item"
	OpBackup  = "backup"
	OpVerify  = "verify"
	OpCompact = "compact"
)

// Empty is the request of an operation that needs none.
type Empty struct{}

// Named names an item or a file.
type Named struct {
	Name string `json:"name"`
}

// A line is one line of an answer.
type line struct {
	Progress any      `json:"progress,omitempty"`
	Result   any      `json:"result,omitempty"`
	Error    *Refusal `json:"error,omitempty"`
}

// A Refusal is why an operation was not done, as it travels.
type Refusal struct {
	Msg  string `json:"message"`
	Hint string `json:"hint,omitempty"`
	// Busy asks the caller to try again later (exit code 75); Usage says that the
	// request makes no sense (exit code 2).
	Busy  bool `json:"busy,omitempty"`
	Usage bool `json:"usage,omitempty"`
}

// Error says what went wrong.
func (r *Refusal) Error() string { return r.Msg }

// Handler returns the newsroom as a JSON API.
func Handler(room *newsroom.Newsroom, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	answer := func(op string, h http.Handler) { mux.Handle("POST /v1/"+op, h) }
	answer(OpRefresh, operation(log, func(ctx context.Context, o newsroom.RefreshOrder, tell func(any)) (any, error) {
		return room.Refresh(ctx, o, func(r newsroom.RefreshReport) { tell(r) })
	}))
	answer(OpItems, operation(log, func(_ context.Context, q newsroom.Query, _ func(any)) (any, error) { return room.Items(q) }))
	answer(OpShow, operation(log, func(_ context.Context, n Named, _ func(any)) (any, error) { return room.Show(n.Name) }))
	answer(OpSources, operation(log, func(context.Context, Empty, func(any)) (any, error) { return room.Sources() }))
	answer(OpStatus, operation(log, func(context.Context, Empty, func(any)) (any, error) { return room.Status() }))
	answer(OpDecide, operation(log, func(ctx context.Context, r newsroom.Ruling, _ func(any)) (any, error) {
		return room.Decide(whoIs(ctx), r)
	}))
	answer(OpAdd, operation(log, func(ctx context.Context, a newsroom.Addition, _ func(any)) (any, error) {
		return room.AddItem(ctx, whoIs(ctx), a)
	}))
	answer(OpBackup, operation(log, func(_ context.Context, n Named, _ func(any)) (any, error) { return room.Backup(n.Name) }))
	answer(OpVerify, operation(log, func(context.Context, Empty, func(any)) (any, error) { return room.Verify() }))
	answer(OpCompact, operation(log, func(context.Context, Empty, func(any)) (any, error) { return room.Compact() }))
	return mux
}

// operation decodes a request, does it and writes what it tells and yields.
func operation[A any](log *slog.Logger, do func(context.Context, A, func(any)) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := json.NewEncoder(w)
		w.Header().Set("Content-Type", "application/x-ndjson")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		var request A
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&request); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			write(log, out, line{Error: &Refusal{Msg: "read request: " + err.Error(), Usage: true}})
			return
		}
		// Nothing is begun before the answer is: who sees no answer may ask again.
		w.WriteHeader(http.StatusOK)
		flush(log, w)
		var told time.Time
		tell := func(progress any) {
			if now := time.Now(); now.Sub(told) >= progressEvery {
				told = now
				write(log, out, line{Progress: progress})
				flush(log, w)
			}
		}
		result, err := do(withName(r), request, tell)
		if err != nil {
			write(log, out, line{Error: refusal(err)})
			return
		}
		write(log, out, line{Result: result})
	})
}

func write(log *slog.Logger, out *json.Encoder, l line) {
	if err := out.Encode(l); err != nil {
		log.Debug("answer not taken", "err", err)
	}
}

func flush(log *slog.Logger, w http.ResponseWriter) {
	if err := http.NewResponseController(w).Flush(); err != nil {
		log.Debug("answer not taken yet", "err", err)
	}
}

// refusal makes an error travel.
func refusal(err error) *Refusal {
	r := &Refusal{Msg: err.Error()}
	if bad, ok := errors.AsType[*newsroom.BadRequestError](err); ok {
		r.Hint, r.Usage = bad.Hint, true
	}
	switch {
	case errors.Is(err, store.ErrSpace):
		r.Hint = "free some space on the disk of the data folder"
	case errors.Is(err, store.ErrBusy), errors.Is(err, newsroom.ErrClosing):
		r.Busy = true
	case errors.Is(err, store.ErrReadOnly):
		r.Hint = "make the data folder writable"
	case errors.Is(err, fs.ErrExist):
		r.Hint = "name a file that does not exist yet"
	}
	return r
}

type whoKey struct{}

// withName is the context of a request, with the name it decides in.
func withName(r *http.Request) context.Context {
	name, err := url.PathUnescape(r.Header.Get(asHeader))
	if name = oneName(name); err != nil || name == "" {
		return r.Context()
	}
	return context.WithValue(r.Context(), whoKey{}, name)
}

// oneName makes a name of what was given as one: a line, and no long one.
func oneName(s string) string {
	name, _ := text.Truncate(text.Line(s), maxName)
	return name
}

// whoIs is who asks: as they said, else the peer's user name.
func whoIs(ctx context.Context) string {
	who, _ := ctx.Value(whoKey{}).(string)
	return who
}
