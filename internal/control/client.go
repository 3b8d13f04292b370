package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"sync"
	"syscall"
)

// A Client asks whoever holds a data folder. It can reach nothing else.
type Client struct {
	http *http.Client
	as   string
}

// Dial returns a client of whoever serves the data folder dir, deciding in the
// name of as ("" is the user's own). ErrNobody: no one does.
func Dial(ctx context.Context, dir, as string) (*Client, error) {
	dial := func(ctx context.Context) (net.Conn, error) { return dialSocket(ctx, dir) }
	conn, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	conn.Close()
	return newClient(dial, as), nil
}

func dialSocket(ctx context.Context, dir string) (conn net.Conn, err error) {
	err = through(dir, func(path string) error {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", path)
		return err
	})
	switch {
	case err == nil:
		return conn, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNobody
	case errors.Is(err, fs.ErrPermission):
		return nil, &Refusal{
			Msg:  fmt.Sprintf("open control socket in %s: permission denied", dir),
			Hint: "be the user that runs the daemon, or name a group of yours as server.group",
		}
	}
	return nil, fmt.Errorf("dial control socket in %s: %w", dir, err)
}

func newClient(dial func(context.Context) (net.Conn, error), as string) *Client {
	return &Client{as: oneName(as), http: &http.Client{Transport: &http.Transport{
		Proxy:             nil,
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}}
}

// Pipe returns a listener that only the client returned with it can reach: a
// command's way to the newsroom it opened itself.
func Pipe(as string) (net.Listener, *Client) {
	p := &pipe{conns: make(chan net.Conn), closed: make(chan struct{})}
	return p, newClient(p.dial, as)
}

type pipe struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipe) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.closed:
		return nil, ErrNobody
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the client.
func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (p *pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr names the listener.
func (p *pipe) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

// Call asks for an operation and decodes its result into result. progress, which
// may be nil, is handed the progress told meanwhile, as JSON. A refusal comes
// back as a *Refusal; ErrNobody says that nothing was begun, since whoever
// answered before does so no longer.
func (c *Client) Call(ctx context.Context, op string, request, result any, progress func(json.RawMessage)) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://newsroom/v1/"+op, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if c.as != "" {
		req.Header.Set(asHeader, url.PathEscape(c.as))
	}
	res, err := c.http.Do(req)
	if err != nil {
		return unbegun(ctx, op, err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotFound {
		return &Refusal{Msg: "the running daemon does not know " + op, Hint: "restart it: it is of another version"}
	}
	return read(ctx, res.Body, op, result, progress)
}

// unbegun is why there is no answer at all; answers start before the work does.
func unbegun(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return refusal
	}
	return fmt.Errorf("ask for %s: %w: %w", op, ErrNobody, errors.Unwrap(err))
}

// read reads the lines of an answer up to its last.
func read(ctx context.Context, body io.Reader, op string, result any, progress func(json.RawMessage)) error {
	for dec := json.NewDecoder(body); ; {
		var l struct {
			Progress, Result json.RawMessage
			Error            *Refusal
		}
		switch err := dec.Decode(&l); {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil && lost(err):
			return &Refusal{
				Msg:  "the newsroom closed before it said that " + op + " was done",
				Hint: "look whether it was, then try again",
				Busy: true,
			}
		case err != nil:
			return fmt.Errorf("read the answer to %s: %w", op, err)
		case l.Error != nil:
			return l.Error
		case l.Result != nil:
			return json.Unmarshal(l.Result, result)
		case l.Progress != nil && progress != nil:
			progress(l.Progress)
		}
	}
}

// lost reports whether an answer ended because the other end is gone.
func lost(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}
