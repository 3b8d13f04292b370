package main

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf16"
)

// plain makes a text from outside safe on a terminal: control and format
// characters that could move the cursor or reorder the line are shown as
// escapes, JSON's; line breaks stay.
func plain(s string) string {
	if !strings.ContainsFunc(s, harmful) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if !harmful(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, "\\u%04x", unit)
		}
	}
	return b.String()
}

// harmful reports whether a terminal might obey a character rather than print it.
func harmful(r rune) bool {
	switch r {
	case '\n', '\t', '\u200c', '\u200d': // the last two join letters, or keep them apart
		return false
	}
	return !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r)
}

// short cuts a line to n characters for a table.
func short(s string, n int) string {
	runes := []rune(plain(s))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n-1]) + "…"
}

// day prints a moment for a table.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func dash(s string) string { return cmp.Or(s, "-") }

// table prints aligned rows.
func (a *app) table(rows [][]string) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// size prints bytes for a person.
func size(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	f, unitName := float64(n)/unit, "KB"
	for _, next := range []string{"MB", "GB", "TB"} {
		if f < unit {
			break
		}
		f, unitName = f/unit, next
	}
	return fmt.Sprintf("%.1f %s", f, unitName)
}
