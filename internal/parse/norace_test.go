//go:build !race

package parse

const scale = 1
