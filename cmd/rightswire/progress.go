package main

import (
	"fmt"
	"io"
	"strings"
)

// barWidth is the width of a progress bar, in characters.
const barWidth = 24

// A bar shows progress on a terminal, and nothing elsewhere.
type bar struct {
	out io.Writer // nil: nobody looks
}

func (a *app) progress() bar {
	if a.quiet || a.json || !isTerminal(a.stderr) {
		return bar{}
	}
	return bar{out: a.stderr}
}

func (b bar) show(done, total int, note string) {
	if b.out == nil || total == 0 {
		return
	}
	full := barWidth * done / total
	fmt.Fprintf(b.out, "\r\x1b[K[%s%s] %d of %d sources, %s",
		strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done, total, note)
}

// say shows a line in place of the bar.
func (b bar) say(what string) {
	if b.out != nil {
		fmt.Fprint(b.out, "\r\x1b[K"+plain(what)+" …")
	}
}

func (b bar) clear() {
	if b.out != nil {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}
