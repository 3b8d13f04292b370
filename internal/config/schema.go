package config

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// keysSource is where the descriptions of the schema stand.
//
//go:embed keys.go
var keysSource []byte

// Schema returns the JSON Schema (draft 2020-12) of feeds.yaml, for editors. It is
// made from the structs that the decoder fills, and its descriptions are their
// comments. What a schema cannot say, such as references between entries, is left
// to the decoder.
func Schema() ([]byte, error) {
	docs, err := comments(keysSource)
	if err != nil {
		return nil, fmt.Errorf("read the descriptions of keys: %w", err)
	}
	s := docs.object(reflect.TypeFor[fileKeys]())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "feeds.yaml"
	s["description"] = "Sources, topics, channels and rules of a Rightswire newswire."
	return json.MarshalIndent(s, "", "  ")
}

// A manual holds the comment on each field: struct name, dot, field name.
type manual map[string]string

func comments(src []byte) (manual, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "keys.go", src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	m := manual{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if s, isStruct := spec.Type.(*ast.StructType); isStruct {
			for _, f := range s.Fields.List {
				m[spec.Name.Name+"."+f.Names[0].Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
			}
		}
		return false
	})
	return m, nil
}

type schema = map[string]any

// object describes a struct of keys.
func (m manual) object(t reflect.Type) schema {
	properties := schema{}
	required := []string{}
	for _, f := range fields(t) {
		member := t.Field(f.index)
		p := m.property(f, member.Type)
		p["description"] = m[t.Name()+"."+member.Name]
		if f.later {
			p["description"] = p["description"].(string) + " Without effect yet."
		}
		properties[f.key] = p
		if f.need {
			required = append(required, f.key)
		}
	}
	s := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// property describes the value of a key.
func (m manual) property(f field, t reflect.Type) schema {
	switch t {
	case reflect.TypeFor[value[string]]():
		return preset(f.text(), f)
	case reflect.TypeFor[value[bool]]():
		return preset(schema{"type": "boolean"}, f)
	case reflect.TypeFor[value[int]]():
		return preset(f.integer(), f)
	case reflect.TypeFor[value[time.Duration]]():
		return preset(schema{"type": "string", "pattern": `^[0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h|d)([0-9.]+(ns|us|µs|ms|s|m|h))*$`}, f)
	case reflect.TypeFor[value[size]]():
		return preset(schema{"type": []string{"string", "integer"}, "pattern": sizes.String()}, f)
	case reflect.TypeFor[words]():
		return f.list(f.text())
	case reflect.TypeFor[numbers]():
		return f.list(f.integer())
	case reflect.TypeFor[labels]():
		return schema{"type": nullable("object"), "additionalProperties": schema{"type": "string"}}
	case reflect.TypeFor[codes]():
		code := schema{"type": []string{"string", "integer"}}
		return schema{"type": nullable("object"), "additionalProperties": schema{
			"anyOf": []schema{code, {"type": "array", "items": code}},
		}}
	case reflect.TypeFor[rightsKey]():
		return schema{"anyOf": []schema{{"const": "excerpt"}, m.object(t)}, "default": "excerpt"}
	}
	if t.Kind() == reflect.Slice {
		return schema{"type": nullable("array"), "items": m.object(t.Elem())}
	}
	s := m.object(t)
	s["type"] = nullable("object")
	return s
}

// nullable is the type of a key that may be left empty, as where all below it is
// commented out.
func nullable(t string) []string { return []string{t, "null"} }

// text describes a text of the field's format.
func (f field) text() schema {
	form := formats[f.format]
	s := schema{}
	switch {
	case form.bools:
		enum := []any{true, false}
		for _, e := range form.enum {
			enum = append(enum, e)
		}
		s["enum"] = enum
	case form.enum != nil:
		s["enum"] = form.enum
	default:
		s["type"] = "string"
	}
	if form.pattern != "" {
		s["pattern"] = form.pattern
	}
	if !f.blank && form.enum == nil {
		s["minLength"] = 1
	}
	return s
}

func (f field) integer() schema {
	s := schema{"type": "integer"}
	for key, bound := range map[string]string{"minimum": f.lo, "maximum": f.hi} {
		if n, err := strconv.Atoi(bound); err == nil {
			s[key] = n
		}
	}
	return s
}

func (f field) list(item schema) schema {
	s := schema{"type": nullable("array"), "items": item, "uniqueItems": true}
	if f.single {
		s = schema{"anyOf": []schema{item, s}}
	}
	return preset(s, f)
}

// preset adds the default to a property.
func preset(s schema, f field) schema {
	if f.preset == "" {
		return s
	}
	s["default"] = f.preset
	switch s["type"] {
	case "boolean":
		s["default"] = f.preset == "true"
	case "integer":
		if n, err := strconv.Atoi(f.preset); err == nil {
			s["default"] = n
		}
	}
	return s
}
