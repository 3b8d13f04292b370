package parse

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scoreSplit holds every document, and many thrown together, to the same reading
// whether some of its entries are known, whether gofeed reads them together or one
// by one. RIGHTSWIRE_FUZZED is how many are thrown together.
func scoreSplit(t *testing.T, docs []sample) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, doc := range docs {
		checkSplit(t, doc.Document, random)
		checkAlone(t, doc.Body)
	}
	row("documents read the same split and whole", len(docs), len(docs), "")
	fuzzed, err := strconv.Atoi(os.Getenv("RIGHTSWIRE_FUZZED"))
	if err != nil {
		fuzzed = 20_000
	}
	for range fuzzed {
		body := []byte(anyDocument(random))
		if random.IntN(4) == 0 {
			body = []byte(anyJSONDocument(random))
		}
		checkSplit(t, Document{Body: body, URL: "https://e.org/a/feed", Source: "s"}, random)
		checkAlone(t, body)
	}
	row("  the same of documents thrown together", fuzzed, fuzzed, "")
}

// scoreHostile reads each hostile document in a process of its own.
func scoreHostile(t *testing.T) {
	good, all := 0, 0
	var most time.Duration
	var largest int
	for _, doc := range append(hostile, hostileJSON...) {
		all++
		cmd := exec.Command(os.Args[0], "-test.run=^TestHostileAlone$")
		cmd.Env = append(os.Environ(), "RIGHTSWIRE_HOSTILE="+doc.name)
		out, err := cmd.CombinedOutput()
		var took time.Duration
		var peak int
		if _, scan := fmt.Sscanf(string(out), "%d %d", &took, &peak); err != nil || scan != nil {
			fmt.Printf("  %s: %v: %s\n", doc.name, err, out)
			continue
		}
		if took <= 2*time.Second && peak <= 64<<10 {
			good++
		} else {
			fmt.Printf("  %s: %v, %d kB\n", doc.name, took, peak)
		}
		most, largest = max(most, took), max(largest, peak)
	}
	row("hostile documents within 2 s and 64 MB", good, all, fmt.Sprintf("at most %v of CPU, %d kB", most, largest))
}

// TestHostileAlone is the process of scoreHostile: it prints the nanoseconds and the
// kilobytes that reading a document takes beyond the document itself.
func TestHostileAlone(t *testing.T) {
	name := os.Getenv("RIGHTSWIRE_HOSTILE")
	if name == "" {
		t.Skip("scoreHostile runs it")
	}
	for _, c := range append(hostile, hostileJSON...) {
		if c.name != name {
			continue
		}
		doc := Document{Body: []byte(c.body()), URL: "https://e.org/feed", Source: "s"}
		debug.FreeOSMemory()
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets the peak
			t.Fatal(err)
		}
		before, start := residentPeak(t), cpuTime(t)
		if _, err := Feed(doc); err != nil && c.entries >= 0 {
			t.Fatal(err)
		}
		fmt.Printf("%d %d\n", cpuTime(t)-start, residentPeak(t)-before)
	}
}

// residentPeak is the most memory the process has had in use, in kB.
func residentPeak(t *testing.T) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	peak, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return peak
}
