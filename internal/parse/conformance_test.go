package parse

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestConformance scores public corpora that stand beside the project, and prints
// a table. The folder of each corpus is given by a variable of the environment;
// what is not given is skipped. -v names the document of every miss.
func TestConformance(t *testing.T) {
	docs := corpora(t)
	if len(docs) == 0 {
		skip(t, "no corpus is given: set some of "+strings.Join(slices.Sorted(maps.Keys(corpusFolders)), ", "))
	}
	t.Run("assertions", scoreAssertions)
	t.Run("documents", func(t *testing.T) { scoreDocuments(t, docs) })
	t.Run("dates", scoreDates)
	t.Run("damage", func(t *testing.T) { scoreDamage(t, docs) })
	t.Run("hostile", scoreHostile)
	t.Run("split", func(t *testing.T) { scoreSplit(t, docs) })
	t.Run("cpu", scoreCPU)
}

// corpusFolders are the variables that say where a checkout is, each with the
// folder in it that holds documents.
var corpusFolders = map[string]string{
	"RIGHTSWIRE_FEEDPARSER":    "tests",           // github.com/kurtmckee/feedparser
	"RIGHTSWIRE_FEEDVALIDATOR": "testcases",       // github.com/w3c/feedvalidator
	"RIGHTSWIRE_FEEDRS":        "feed-rs/fixture", // github.com/feed-rs/feed-rs
	"RIGHTSWIRE_RSSPARSER":     "test/input",      // github.com/rbren/rss-parser
}

// A sample is one document of a corpus.
type sample struct {
	corpus, name string
	path         string
	Document
}

// corpora reads the corpora that are given, and gofeed's own from the module cache.
func corpora(t *testing.T) []sample {
	var docs []sample
	for _, variable := range slices.Sorted(maps.Keys(corpusFolders)) {
		root := os.Getenv(variable)
		if root == "" {
			fmt.Printf("%s is not set: that corpus is left out\n", variable)
			continue
		}
		corpus := strings.ToLower(strings.TrimPrefix(variable, "RIGHTSWIRE_"))
		docs = append(docs, readCorpus(t, corpus, filepath.Join(root, corpusFolders[variable]))...)
	}
	if len(docs) == 0 {
		return nil
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/mmcdole/gofeed").Output()
	if err != nil {
		t.Fatal(err)
	}
	return append(docs, readCorpus(t, "gofeed", filepath.Join(strings.TrimSpace(string(out)), "testdata"))...)
}

func readCorpus(t *testing.T, corpus, root string) []sample {
	var docs []sample
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".xml", ".rss", ".atom", ".rdf", ".json"}, filepath.Ext(path)) {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		doc := sample{corpus: corpus, name: filepath.ToSlash(name), path: path}
		doc.Body, doc.URL, doc.Source = body, "https://corpus.example.org/"+doc.name, "corpus"
		docs = append(docs, doc)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// read reads a document and turns a panic into an error.
func read(doc Document) (res *Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("PANIC: %v", p)
		}
	}()
	return Feed(doc)
}

// skip says why a row is missing, with or without -v.
func skip(t *testing.T, why string) {
	fmt.Println(t.Name() + " is skipped: " + why)
	t.SkipNow()
}

// row prints a row of the table.
func row(what string, part, whole int, rest string) {
	fmt.Printf("%-58s %6d of %6d  %6.2f %%  %s\n", what, part, whole, 100*float64(part)/float64(max(whole, 1)), rest)
}

// misses counts what went wrong by class, and remembers where.
type misses map[string][]string

func (m misses) add(class, where string) { m[class] = append(m[class], where) }

// print lists the classes, the most frequent first.
func (m misses) print() {
	classes := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(len(m[b])-len(m[a]), strings.Compare(a, b))
	})
	for _, class := range classes {
		fmt.Printf("  %5d  %s\n", len(m[class]), class)
		if testing.Verbose() {
			for _, where := range m[class] {
				fmt.Printf("           %s\n", where)
			}
		}
	}
}

// feedRoots are the names of the elements that a feed may start with.
var feedRoots = []string{"rss", "rdf", "feed", "channel", "entry"}

var startTag = regexp.MustCompile(`<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)`)

// markedOff are the constructs that may hold what looks like an element.
var markedOff = regexp.MustCompile(`(?s)<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>`)

// otherKind says what a document is that a feed parser need not take, or "".
func otherKind(doc sample) string {
	text := decode(doc.Body, doc.ContentType, &repairs{})
	if strings.HasSuffix(doc.name, ".json") {
		if !bytes.Contains(text, []byte("jsonfeed.org/version")) {
			return "JSON that is no JSON Feed"
		}
		return ""
	}
	names := startTag.FindAllSubmatch(markedOff.ReplaceAll(text, nil), -1)
	if names == nil {
		return "without any element"
	}
	root := strings.ToLower(string(names[0][1]))
	if !slices.Contains(feedRoots, root) {
		return "<" + root + ">"
	}
	for _, name := range names {
		if !slices.Contains(feedRoots, strings.ToLower(string(name[1]))) {
			return ""
		}
	}
	return "a feed that says nothing"
}

// scoreDocuments counts the documents that are taken, of those that a liberal
// parser should take.
func scoreDocuments(t *testing.T, docs []sample) {
	refused, others := misses{}, misses{}
	taken, all, panics := 0, 0, 0
	var slowest time.Duration
	var slow string
	for _, doc := range docs {
		if kind := otherKind(doc); kind != "" {
			others.add(kind, doc.corpus+"/"+doc.name)
			continue
		}
		all++
		start := cpuTime(t)
		_, err := read(doc.Document)
		if took := cpuTime(t) - start; took > slowest {
			slowest, slow = took, doc.corpus+"/"+doc.name
		}
		if err == nil {
			taken++
			continue
		}
		if strings.HasPrefix(err.Error(), "PANIC") {
			panics++
		}
		refused.add(doc.corpus+": "+kindOf(err), fmt.Sprintf("%s: %v", doc.name, err))
	}
	row("documents taken that should be", taken, all, fmt.Sprintf("%d panics, slowest %v (%s)", panics, slowest, slow))
	refused.print()
	fmt.Println("  left out, for they hold no feed:")
	others.print()
}
