package parse

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func goldenFiles(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, ".golden") })
}

// golden compares got with the golden file called name, or rewrites that.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s should be:\n%s", name, got)
	}
}

// TestGolden reads whole documents of the kinds and languages that sources write.
func TestGolden(t *testing.T) {
	all := sha256.New()
	for _, name := range goldenFiles(t) {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Feed(Document{Body: body, URL: "https://feeds.example.org/a/feed", Source: "golden"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkResult(t, res)
		if len(res.Readings) != len(res.Entries) {
			t.Errorf("%s: %d readings of %d entries", name, len(res.Readings), len(res.Entries))
		}
		res.Readings = nil
		var got bytes.Buffer
		enc := json.NewEncoder(&got)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		if err := enc.Encode(res); err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(all).Encode(res.Entries); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".golden", got.Bytes())
	}
	checkMethod(t, fmt.Sprintf("%x", all.Sum(nil)))
}

// checkMethod holds that method is raised when entries are read otherwise than
// before: what was read by an earlier release is taken as read as long as it isn't.
func checkMethod(t *testing.T, sum string) {
	t.Helper()
	const name = "testdata/method.golden"
	if before, err := os.ReadFile(name); err == nil {
		if m, was, _ := strings.Cut(strings.TrimSpace(string(before)), " "); m == method && was != sum {
			t.Errorf("entries are read otherwise than by method %s: raise it in recall.go", method)
			return
		}
	}
	golden(t, name, []byte(method+" "+sum+"\n"))
}
