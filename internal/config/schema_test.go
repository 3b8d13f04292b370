package config

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func schemaOf(t *testing.T) map[string]any {
	t.Helper()
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s map[string]any
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// jsonOf reads YAML as the JSON it stands for.
func jsonOf(t *testing.T, src []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(src, &v); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchemaDescribesEveryKey(t *testing.T) {
	s := schemaOf(t)
	if s["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("$schema is %v", s["$schema"])
	}
	keys := 0
	walk("", s, func(path string, s map[string]any) {
		properties, ok := s["properties"].(map[string]any)
		if !ok {
			return
		}
		if s["additionalProperties"] != false {
			t.Errorf("%s takes any key", path)
		}
		for key, p := range properties {
			keys++
			if d := p.(map[string]any)["description"].(string); len(d) < 10 || strings.Contains(d, "\n") {
				t.Errorf("%s.%s is described as %q", path, key, d)
			}
		}
	})
	if keys < 70 {
		t.Errorf("%d keys only", keys)
	}
}

func walk(path string, v any, f func(string, map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(path, v)
		for key, sub := range v {
			walk(path+"/"+key, sub, f)
		}
	case []any:
		for _, sub := range v {
			walk(path, sub, f)
		}
	}
}

// The schema takes what the decoder takes.
func TestSchemaAccepts(t *testing.T) {
	s := schemaOf(t)
	for _, name := range []string{shippedFile, "testdata/every-key.yaml"} {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range validate(s, jsonOf(t, src), name) {
			t.Error(fault)
		}
	}
}

// The schema refuses what an editor can show while it is typed.
func TestSchemaRefuses(t *testing.T) {
	s := schemaOf(t)
	for _, src := range []string{
		"sorces: []", "site: {titel: x}", "site: {title: 5}", "site: {id: x}", "site: {review: none}", "fetch: {timeout: 30}",
		"fetch: {max_body: 8M}", "fetch: {concurrency: 0}", "sources: [{id: a}]", "sources: [{id: A, url: 'https://a.example/'}]",
		"sources: [{id: a, url: 'ftp://a.example/'}]", "sources: [{id: a, url: 'https://u:p@a.example/'}]",
		"sources: [{id: a, url: 'https://a.example/', kind: x}]", "sources: [{id: a, url: 'https://a.example/', countries: ['*']}]",
		"sources: [{id: a, url: 'https://a.example/', rights: full}]", "channels: [{id: x, limit: 0}]", "sources: {}",
		"sources: [{id: a, url: 'https://a.example/', auth_env: 'user:password'}]", "server: {desk: 8081}",
	} {
		if len(validate(s, jsonOf(t, []byte(src)), "")) == 0 {
			t.Errorf("the schema takes %s", src)
		}
	}
}

// validate checks a value against the parts of JSON Schema that Schema uses.
func validate(s map[string]any, v any, path string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, path+": "+fmt.Sprintf(format, args...)) }
	if any, ok := s["anyOf"].([]any); ok && !slices.ContainsFunc(any, func(a interface{}) bool {
		return len(validate(a.(map[string]interface{}), v, path)) == 0
	}) {
		fault("%v fits no choice", v)
	}
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, v) {
		fault("%v is none of %v", v, enum)
	}
	if c, ok := s["const"]; ok && c != v {
		fault("%v is not %v", v, c)
	}
	if t := s["type"]; t != nil && !isType(t, v) {
		fault("%v is no %v", v, t)
	}
	switch v := v.(type) {
	case string:
		if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
			fault("%q does not match %s", v, p)
		}
		if n, ok := s["minLength"].(float64); ok && len(v) < int(n) {
			fault("is empty")
		}
	case float64:
		if lo, ok := s["minimum"].(float64); ok && v < lo {
			fault("%v is less than %v", v, lo)
		}
		if hi, ok := s["maximum"].(float64); ok && v > hi {
			fault("%v is more than %v", v, hi)
		}
	case []any:
		if items, ok := s["items"].(map[string]any); ok {
			for i, item := range v {
				faults = append(faults, validate(items, item, fmt.Sprintf("%s[%d]", path, i))...)
			}
		}
	case map[string]any:
		if s["additionalProperties"] != nil {
			faults = append(faults, validateObject(s, v, path)...)
		}
	}
	return faults
}

func validateObject(s map[string]any, v map[string]any, path string) (faults []string) {
	properties, _ := s["properties"].(map[string]any)
	for key, sub := range v {
		p, known := properties[key].(map[string]any)
		if !known {
			if p, known = s["additionalProperties"].(map[string]any); !known {
				faults = append(faults, path+"."+key+": unknown key")
				continue
			}
		}
		faults = append(faults, validate(p, sub, path+"."+key)...)
	}
	required, _ := s["required"].([]any)
	for _, key := range required {
		if _, ok := v[key.(string)]; !ok {
			faults = append(faults, path+": "+key.(string)+" is missing")
		}
	}
	return faults
}

func isType(t, v any) bool {
	if list, ok := t.([]any); ok {
		return slices.ContainsFunc(list, func(t any) bool { return isType(t, v) })
	}
	switch v := v.(type) {
	case nil:
		return t == "null"
	case bool:
		return t == "boolean"
	case string:
		return t == "string"
	case float64:
		return t == "integer" && v == float64(int(v)) || t == "number"
	case []any:
		return t == "array"
	}
	return t == "object"
}
