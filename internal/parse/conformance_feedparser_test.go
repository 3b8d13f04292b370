package parse

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rightswire/internal/markup"
)

// A run is what came of one of feedparser's tests, for the script that judges it.
type run struct {
	File    string              `json:"file"`
	Path    string              `json:"path"`
	Decoded string              `json:"decoded"` // the document as it was read
	Error   string              `json:"error,omitempty"`
	Result  *Result             `json:"result,omitempty"`
	Safe    []map[string]string `json:"safe"` // the texts of each entry as safe HTML
	// Padded is the run of the same document with an id of its own in each entry,
	// where some were dropped for having none.
	Padded *run `json:"padded,omitempty"`
}

// A judgement is the script's on one test.
type judgement struct{ File, Verdict, Class, Expression, Gave string }

// feedparserScript runs the script that knows feedparser's tests.
func feedparserScript(t *testing.T, args ...string) *bufio.Scanner {
	python, err := exec.LookPath("python3")
	if err != nil {
		skip(t, "there is no python3: what feedparser expects is written in Python")
	}
	cmd := exec.Command(python, append([]string{"testdata/conformance/feedparser.py"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	return lines
}

// feedparserTests is the folder of feedparser's tests.
func feedparserTests(t *testing.T) string {
	root := os.Getenv("RIGHTSWIRE_FEEDPARSER")
	if root == "" {
		skip(t, "RIGHTSWIRE_FEEDPARSER is not set")
	}
	return filepath.Join(root, corpusFolders["RIGHTSWIRE_FEEDPARSER"])
}

// scoreAssertions evaluates feedparser's own assertions on what we make of its
// tests.
func scoreAssertions(t *testing.T) {
	results := filepath.Join(t.TempDir(), "results")
	f, err := os.Create(results)
	if err != nil {
		t.Fatal(err)
	}
	out := json.NewEncoder(f)
	for _, doc := range readCorpus(t, "feedparser", feedparserTests(t)) {
		if err := out.Encode(runTest(doc)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	missed, left := misses{}, misses{}
	passed, all, design, given := 0, 0, 0, 0
	for lines := feedparserScript(t, "judge", results); lines.Scan(); {
		var j judgement
		if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
			t.Fatal(err)
		}
		switch j.Verdict {
		case "pass":
			passed++
			all++
			if j.Class == "padded" {
				given++
			}
		case "miss":
			all++
			missed.add(j.Class, fmt.Sprintf("%s: %s\n             gave %s", j.File, j.Expression, j.Gave))
			if strings.HasPrefix(j.Class, "by design") {
				design++
			}
		default:
			left.add(j.Verdict+": "+j.Class, j.File)
		}
	}
	row("feedparser's assertions on fields that are kept", passed, all, fmt.Sprintf("%d with an id put into entries that nothing identifies", given))
	row("  without what differs by design", passed, all-design, "")
	missed.print()
	if testing.Verbose() {
		fmt.Println("  left out:")
		left.print()
	}
}

// scoreDates reads feedparser's own list of dates, as dates of an RSS item.
func scoreDates(t *testing.T) {
	path := filepath.Join(feedparserTests(t), "test_date_parsers.py")
	missed := misses{}
	right, all := 0, 0
	for lines := feedparserScript(t, "dates", path); lines.Scan(); all++ {
		var date struct{ Raw, Expected string }
		if err := json.Unmarshal(lines.Bytes(), &date); err != nil {
			t.Fatal(err)
		}
		body := "<rss version='2.0'><channel><item><guid>1</guid><pubDate>" + html.EscapeString(date.Raw) +
			"</pubDate></item></channel></rss>"
		res, err := Feed(Document{Body: []byte(body), Source: "corpus"})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if at := res.Entries[0].Published; !at.IsZero() {
			got = at.UTC().Format("2006-01-02T15:04:05Z")
		}
		switch {
		case got == date.Expected:
			right++
		case got == "":
			missed.add("refused", date.Raw+": is "+date.Expected)
		case date.Expected == "":
			missed.add("wrong: feedparser refuses it", date.Raw+": read as "+got)
		default:
			missed.add("wrong", date.Raw+": is "+date.Expected+", read as "+got)
		}
	}
	row("feedparser's own dates", right, all, "")
	missed.print()
}

// header finds the response headers that a test asks for.
var header = regexp.MustCompile(`(?m)^Header:\s+([^:\n]+):(.*)$`)

// entryTag finds the start of an entry that has content.
var entryTag = regexp.MustCompile(`<((?:[A-Za-z]\w*:)?)(item|entry)(?:\s[^<>]*[^<>/])?>`)

// runTest reads a test as feedparser's own runner does: those with "http" in their
// path are served by its test server, the others have neither address nor header.
func runTest(doc sample) *run {
	doc.URL = ""
	if strings.Contains(doc.name, "http") {
		doc.URL, doc.ContentType = "http://127.0.0.1:8097/tests/"+doc.name, "text/xml"
		for _, h := range header.FindAllSubmatch(doc.Body, -1) {
			value := strings.TrimSpace(string(h[2]))
			switch strings.ToLower(string(h[1])) {
			case "content-type":
				doc.ContentType = value
			case "content-location":
				if base, err := url.Parse(doc.URL); err == nil {
					if at, err := base.Parse(value); err == nil && at.Host != "" {
						doc.URL = at.String()
					}
				}
			}
		}
	}
	r := runDocument(doc)
	if r.Result != nil && len(entryTag.FindAllIndex(doc.Body, -1)) > len(r.Result.Entries) {
		doc.Body = padded(doc.Body)
		r.Padded = runDocument(doc)
	}
	return r
}

// padded gives each entry of a document an id of its own.
func padded(body []byte) []byte {
	n := 0
	return entryTag.ReplaceAllFunc(body, func(tag []byte) []byte {
		n++
		m := entryTag.FindSubmatch(tag)
		name := string(m[1]) + map[string]string{"item": "guid", "entry": "id"}[string(m[2])]
		return fmt.Appendf(nil, "%s<%s>padded:%d</%s>", tag, name, n, name)
	})
}

func runDocument(doc sample) *run {
	r := &run{File: doc.name, Path: doc.path, Decoded: string(decode(doc.Body, doc.ContentType, &repairs{}))}
	res, err := read(doc.Document)
	if err != nil {
		r.Error = kindOf(err) + ": " + err.Error()
		return r
	}
	r.Result = res
	for i := range res.Entries {
		e := &res.Entries[i]
		r.Safe = append(r.Safe, map[string]string{
			"Title":   markup.Safe(e.Title, e.Base, true),
			"Summary": markup.Safe(e.Summary, e.Base, true),
			"Content": markup.Safe(e.Content, e.Base, true),
		})
	}
	return r
}

// kindOf is the kind of failure that an error of Feed is.
func kindOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return string(e.Kind)
	}
	return "panic"
}
