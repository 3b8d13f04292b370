package curate

import "testing"

func BenchmarkMatch(b *testing.B) {
	for _, bench := range []struct{ name, src string }{
		{"typical", `"KP" in countries and any(topics, # in ["refoulement","human-trafficking"])`},
		{"regexp", `title matches "(?i)sponsored"`},
		{"text", `kind == "ngo" and text contains "camp"`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			e, err := Compile(bench.src)
			if err != nil {
				b.Fatal(err)
			}
			f := facts()
			b.ReportAllocs()
			for b.Loop() {
				if ok, err := e.Match(f); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Compile(`"KP" in countries and any(topics, # in ["refoulement","human-trafficking"])`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAdmits(b *testing.B) {
	ch := channel(b, `"KP" in countries`)
	f := facts()
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := ch.Admits(f); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
