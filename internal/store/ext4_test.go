package store

import "testing"

func TestFastCommit(t *testing.T) {
	for release, want := range map[string]bool{
		"5.9.1": false, "5.10.0-30-amd64": true, "5.15.27-generic": true, "5.16": true, "5.17.1": false, "6.18.44": false, "odd": false,
	} {
		if fastCommitRelease(release) != want {
			t.Errorf("release %s: not %v", release, want)
		}
	}
	for info, want := range map[string]bool{
		"":                                      false,
		"fc stats:\n0 commits\n3 ineligible\n":  false,
		"fc stats:\n17 commits\n0 ineligible\n": true,
	} {
		if fastCommits(info) != want {
			t.Errorf("%q: not %v", info, want)
		}
	}
	if got := release([]int8{'6', '.', '1', 0, 'x'}); got != "6.1" {
		t.Errorf("release %q", got)
	}
}
