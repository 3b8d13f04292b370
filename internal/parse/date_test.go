package parse

import (
	"testing"
	"time"
)

// A date that nobody can mean is unknown.
func TestClaimed(t *testing.T) {
	for raw, want := range map[string]string{
		"Tue, 24 Nov 2026 07:05:09 +0900": "2026-11-23T22:05:09Z",
		"2027-10-01T00:00:00Z":            "2027-10-01T00:00:00Z", // announced; held against first seen elsewhere
		"2199-12-31T23:59:59Z":            "2199-12-31T23:59:59Z",
		"2200-01-01T00:00:00Z":            "",
		"1989-12-31T23:59:59Z":            "",
		"Thu, 01 Jan 1970 00:00:00 +0000": "",
		"0001-01-01T00:00:00Z":            "",
		"9999-12-31T23:59:59Z":            "",
		"24 ноября 2026":                  "2026-11-24T00:00:00Z",
		"yesterday":                       "",
	} {
		got := ""
		if at := claimed(raw); !at.IsZero() {
			got = at.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
}
