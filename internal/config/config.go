// Package config reads feeds.yaml: the one file that operators edit. It turns the
// file into validated news values and compiled rules, or into every problem the
// file has, each with its place; and it adds sources to the file.
//
// A file is taken whole or not at all: no Config exists of a file with a problem. No
// problem or notice shows a secret. The keys, their units, defaults and bounds stand
// on the structs of keys.go, which the decoder and the JSON Schema both work from.
// When a file is read again, and what a change does to a running newswire, is the
// newsroom's.
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/tag"
)

// A Config is what a valid file says. It must not be changed.
type Config struct {
	Path    string // the file, as it was named
	Site    news.Site
	Server  Server
	Data    string // folder of the store, absolute
	Retain  Retain
	Search  bool
	WebSub  WebSub
	Fetch   Fetch
	Sources []news.Source // in the file's order, without the desk
	// Channels, in the file's order.
	Channels []news.Channel
	// Vocabulary is the built-in one with the file's topics.
	Vocabulary *tag.Vocabulary
	Rules      *curate.Rulebook
	// Files are the further files, absolute, whose text is part of what the file says:
	// a change of one is a change of the configuration.
	Files   []string
	Notices []Notice
}

// A Server says where the newswire listens.
type Server struct {
	Listen, Desk    []string // host:port; an empty host is every address
	Cache           int64    // bytes
	TLSCert, TLSKey string   // absolute paths, or ""
	Group           string   // who may use the control socket besides its owner
}

// Retain says what may be deleted.
type Retain struct {
	// Unpublished is the age at which bodies that are not public go; 0: never.
	Unpublished time.Duration
}

// WebSub says how changes are pushed.
type WebSub struct {
	Callback bool
	Hub      string // "own", "none" or the URL of a hub
}

// Fetch says how sources are asked.
type Fetch struct {
	Interval        news.Interval
	Scheduler       bool
	Timeout         time.Duration
	MaxBody, Memory int64 // bytes
	Concurrency     int
	HostConcurrency int
	HostGap         time.Duration
	AllowNetworks   []netip.Prefix
	AllowPorts      []int
	Proxy           string
}

const starter = "`rightswire demo` needs none; README.md has ten lines to start one from"

// Load reads the file at path. Any error is an *Invalid, also where there is no
// file or it cannot be read.
func Load(path string) (*Config, error) {
	src, err := load(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, src)
}

// load returns the bytes of the file at path. Any error is an *Invalid.
func load(path string) ([]byte, error) {
	src, err := read(path, maxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Invalid{Problems: []Problem{{File: path, Msg: "no such file", Hint: starter}}}
	}
	if err != nil {
		return nil, &Invalid{Problems: []Problem{{File: path, Msg: fmt.Sprintf("cannot be read: %v", err)}}}
	}
	return src, nil
}

// read returns a file's bytes, at most one more than are allowed. Its errors do not
// say which file.
func read(path string, allowed int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close() // read only: nothing to lose
	src, err := io.ReadAll(io.LimitReader(f, allowed+1))
	return src, cause(err)
}

// cause takes the path off an error.
func cause(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

// Parse reads the bytes of a file, and the files and environment variables it names
// for credentials. Problems call the file name, and paths in it are relative to
// name's folder. Any error is an *Invalid that holds every problem, in the order of
// their places.
func Parse(name string, src []byte) (*Config, error) {
	folder, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		return nil, &Invalid{Problems: []Problem{{File: name, Msg: fmt.Sprintf("find its folder: %v", err)}}}
	}
	d := newDecoder(name, folder, src)
	var keys fileKeys
	if body := d.parse(); body != nil {
		d.mapping(body, "", &keys)
	}
	if d.refused {
		return nil, d.invalid(d.absolute("data")) // the default, for want of better
	}
	c := d.build(&keys)
	if len(d.problems) > 0 {
		return nil, d.invalid(c.Data)
	}
	c.Path = name
	c.Files = d.files
	c.Notices = d.notices
	return c, nil
}
