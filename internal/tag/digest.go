package tag

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
)

// derivation rises when the code that tags changes what it would say of an item
// that is stored already.
const derivation = 1

// Digest tells one vocabulary from another: what is tagged by two that agree in
// it is tagged alike.
func (v *Vocabulary) Digest() [32]byte {
	h := sha256.New()
	fmt.Fprintln(h, derivation)
	for _, name := range slices.Sorted(maps.Keys(v.names)) {
		fmt.Fprintf(h, "%q %q\n", name, v.names[name])
	}
	return [32]byte(h.Sum(nil))
}
