package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"rightswire/internal/config"
)

// top reads a file of the repository's top level.
func top(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var fenced = regexp.MustCompile("(?s)```([a-z]*)\n(.*?)```")

// blocks returns the README's fenced blocks in a language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	var found []string
	for _, m := range fenced.FindAllStringSubmatch(top(t, "README.md"), -1) {
		if m[1] == language {
			found = append(found, m[2])
		}
	}
	if len(found) == 0 {
		t.Fatalf("README.md has no %q block", language)
	}
	return found
}

// What the README says to write into feeds.yaml is valid.
func TestReadmeConfigurations(t *testing.T) {
	yaml := blocks(t, "yaml")
	starter := yaml[0]
	if lines := strings.Count(starter, "\n"); lines > 12 {
		t.Errorf("the starter has %d lines: the hint for a missing feeds.yaml promises ten", lines)
	}
	for i, block := range yaml {
		src := block
		if strings.HasPrefix(block, "  - ") {
			src = "site: {id: 'd.example,2026'}\nchannels:\n" + block
		}
		cfg, err := config.Parse("README.md", []byte(src))
		if err != nil {
			t.Errorf("block %d: %v", i, err)
			continue
		}
		for _, n := range cfg.Notices {
			if strings.Contains(n.Msg, "without effect") {
				t.Errorf("block %d: %s", i, n)
			}
		}
	}
	r := newRoom(t, 0, feed())
	r.configure(t, starter)
	if out := must(t, r.dir, "check"); !strings.HasPrefix(out, "feeds.yaml: valid; 2 sources") {
		t.Error(out)
	}
}

// A command line in prose, in a block, in a unit or in a crontab. What follows a
// hash is a comment.
var commandLine = regexp.MustCompile("rightswire( -c [^ ]+)?( [a-z-]+)?((?: [^ `\n#,;.)]+)*)")

// Every command and flag that the README names exists.
func TestReadmeCommands(t *testing.T) {
	readme := top(t, "README.md")
	var lines []string
	for _, block := range []string{"sh", "ini", ""} {
		lines = append(lines, strings.Split(strings.Join(blocks(t, block), "\n"), "\n")...)
	}
	prose := fenced.ReplaceAllString(readme, "")
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(prose, -1) {
		lines = append(lines, m[1])
	}
	root := (&app{}).root()
	named := map[string]bool{}
	for _, line := range lines {
		for _, m := range commandLine.FindAllStringSubmatch(line, -1) {
			if name := strings.TrimSpace(m[2]); name != "" && name[0] != '-' && !strings.HasSuffix(line, "/rightswire") {
				checkCommand(t, root, name, m[3])
				named[name] = true
			}
		}
	}
	for _, want := range []string{"serve", "refresh", "check", "sources", "review", "approve", "show", "add-item", "backup", "verify", "compact", "status"} {
		if !named[want] {
			t.Errorf("README.md does not name rightswire %s", want)
		}
	}
}

func checkCommand(t *testing.T, root *cobra.Command, name, rest string) {
	t.Helper()
	cmd, _, err := root.Find([]string{name})
	if err != nil || cmd == root {
		t.Errorf("README.md: no command %q", name)
		return
	}
	for word := range strings.FieldsSeq(rest) {
		flag, isFlag := strings.CutPrefix(word, "--")
		flag, _, _ = strings.Cut(flag, "=")
		if isFlag && flag != "help" && cmd.Flags().Lookup(flag) == nil && root.PersistentFlags().Lookup(flag) == nil {
			t.Errorf("README.md: rightswire %s has no flag --%s", name, flag)
		}
	}
}

// Every make target that the README names exists, and is phony.
func TestReadmeTargets(t *testing.T) {
	makefile := top(t, "Makefile")
	phony := regexp.MustCompile(`(?m)^\.PHONY: (.*)$`).FindStringSubmatch(makefile)
	if phony == nil {
		t.Fatal("no .PHONY in Makefile")
	}
	found := regexp.MustCompile("(?m)(?:^|`)make ([a-z]+)").FindAllStringSubmatch(top(t, "README.md"), -1)
	if len(found) < 4 {
		t.Errorf("README.md names %d targets", len(found))
	}
	for _, m := range found {
		if !strings.Contains(makefile, "\n"+m[1]+":") || !strings.Contains(" "+phony[1]+" ", " "+m[1]+" ") {
			t.Errorf("README.md: no target %q", m[1])
		}
	}
}

// Every key in the README's tables is one of the schema's.
func TestReadmeKeys(t *testing.T) {
	raw, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	collect(schema, names)
	tables := regexp.MustCompile("(?m)^\\| ((?:`[a-z_.]+`(?:, )?)+) \\|").FindAllStringSubmatch(top(t, "README.md"), -1)
	if len(tables) < 20 {
		t.Fatalf("README.md explains %d rows of keys", len(tables))
	}
	for _, row := range tables {
		for _, key := range regexp.MustCompile("[a-z_.]+").FindAllString(row[1], -1) {
			for part := range strings.SplitSeq(key, ".") {
				if !names[part] && !strings.HasSuffix(key, ".xml") && !strings.HasSuffix(key, ".json") {
					t.Errorf("README.md: feeds.yaml has no key %s", key)
				}
			}
		}
	}
}

// collect gathers the names of all properties in a schema.
func collect(node any, names map[string]bool) {
	switch n := node.(type) {
	case map[string]any:
		if properties, ok := n["properties"].(map[string]any); ok {
			for name := range properties {
				names[name] = true
			}
		}
		for _, sub := range n {
			collect(sub, names)
		}
	case []any:
		for _, sub := range n {
			collect(sub, names)
		}
	}
}

// The feeds.yaml at the top is valid; what check has to say of it is that the ids
// are not the operator's own yet.
func TestShippedConfiguration(t *testing.T) {
	path, err := filepath.Abs(filepath.Join("..", "..", "feeds.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out := must(t, dir, "-c", path, "check")
	if !strings.Contains(out, "valid") {
		t.Error(out)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "without effect") {
			t.Errorf("the shipped file sets a key without effect: %s", line)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("check left %v, %v", left, err)
	}
}

// Every command says what it does, in its own help and in the list of all.
func TestHelp(t *testing.T) {
	a := &app{stdout: io.Discard, stderr: io.Discard}
	for _, cmd := range a.root().Commands() {
		if cmd.Name() == "help" {
			continue
		}
		t.Run(cmd.Name(), func(t *testing.T) {
			if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") || len(cmd.Short) > 96 {
				t.Errorf("short: %q", cmd.Short)
			}
			for line := range strings.Lines(cmd.Long) {
				if len(line) > 100 {
					t.Errorf("help has a line of %d characters: %q", len(line), line)
				}
			}
			if cmd.GroupID == "" {
				t.Error("is in no group")
			}
			var out strings.Builder
			root := (&app{stdout: &out, stderr: io.Discard}).root()
			root.SetArgs([]string{cmd.Name(), "--help"})
			if err := root.Execute(); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), "Usage:\n  rightswire "+cmd.Name()) {
				t.Error(out.String())
			}
		})
	}
}
