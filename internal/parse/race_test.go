//go:build race

package parse

// scale makes the hostile documents smaller for the race detector, which is ten
// times slower.
const scale = 10
