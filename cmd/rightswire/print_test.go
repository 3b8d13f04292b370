package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		"Réfugiés : « 21 »":           "Réfugiés : « 21 »",
		"북한\u3000난민":                  "북한\u3000난민",
		"می\u200cخواهم":               "می\u200cخواهم",
		"two\nlines\tand":             "two\nlines\tand",
		"\x1b[31mred\x07":             `\u001b[31mred\u0007`,
		"\u202eevil\u2066\u2028\r":    `\u202eevil\u2066\u2028\u000d`,
		"csi \u009b31m":               `csi \u009b31m`,
		"tag \U000e0041 bad \xff end": `tag \udb40\udc41 bad ` + "\ufffd end",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{
		{"short", 5, "short"}, {"longer", 5, "long…"}, {"한국어로", 3, "한국…"}, {"a\x1b", 10, `a\u001b`},
	} {
		if got := short(tt.in, tt.n); got != tt.want {
			t.Errorf("short(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KB", 1536: "1.5 KB", 1 << 20: "1.0 MB", 5 << 30: "5.0 GB", 1 << 50: "1024.0 TB",
	} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDay(t *testing.T) {
	paris := time.FixedZone("Paris", 7200)
	if got := day(time.Date(2026, 5, 1, 1, 30, 0, 0, paris)); got != "2026-04-30 23:30" {
		t.Error(got)
	}
	if got := day(time.Time{}); got != "-" {
		t.Error(got)
	}
}

// JSON is escaped for terminals without a change of what it says.
func TestPrintJSON(t *testing.T) {
	const nasty = "\x1b]0;x\x07 <b> \u202e \u009b \u2028 \U000e0041 «\u00a0é»"
	var out strings.Builder
	if err := (&app{stdout: &out}).printJSON(nasty); err != nil {
		t.Fatal(err)
	}
	if bad := obeyed(out.String()); bad != "" {
		t.Errorf("%q holds %q", out.String(), bad)
	}
	var back string
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil || back != nasty {
		t.Errorf("%q, %v", back, err)
	}
	if strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), "<b>") {
		t.Errorf("%q", out.String())
	}
}

func TestBar(t *testing.T) {
	var out strings.Builder
	b := bar{out: &out}
	b.show(0, 0, "nothing to do")
	b.show(0, 4, "0 failed")
	b.show(3, 4, "1 failed")
	b.show(4, 4, "1 failed")
	b.clear()
	want := "\r\x1b[K[........................] 0 of 4 sources, 0 failed" +
		"\r\x1b[K[##################......] 3 of 4 sources, 1 failed" +
		"\r\x1b[K[########################] 4 of 4 sources, 1 failed" +
		"\r\x1b[K"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
	(bar{}).show(1, 2, "nobody looks")
	(bar{}).clear()
	if (&app{stderr: io.Discard}).progress() != (bar{}) {
		t.Error("a bar where there is no terminal")
	}
}
