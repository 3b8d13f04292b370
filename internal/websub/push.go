package websub

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"rightswire/internal/news"
)

// maxPush bounds a push in bytes.
const maxPush = 8 << 20

// A method is a way to sign (section 7.1).
type method struct {
	name string
	hash func() hash.Hash
}

// methods are all there are, the weakest first.
var methods = []method{
	{"sha1", sha1.New},
	{"sha256", sha256.New},
	{"sha384", sha512.New384},
	{"sha512", sha512.New},
}

// receive takes a push. It is acknowledged whether or not its signature is right,
// so that nobody learns which ones are (section 7.1.2); one without any is refused,
// because whoever does not sign was not given our key. Nothing of it is kept.
func (s *Subscriber) receive(w http.ResponseWriter, req *http.Request, token string) {
	r, found, ready := s.find(token)
	signature := req.Header["X-Hub-Signature"]
	switch {
	case !ready:
		unready(w)
	case !found || !r.current():
		answer(w, http.StatusGone, "") // the hub may end it
	case r.Expires.IsZero():
		answer(w, http.StatusNotFound, "")
	case len(signature) == 0 || signature[0] == "":
		answer(w, http.StatusForbidden, "")
	default:
		s.weigh(w, req, &r, signature)
	}
}

// weigh reads a push to its end and passes it on where its signature is right.
func (s *Subscriber) weigh(w http.ResponseWriter, req *http.Request, r *record, signature []string) {
	strength, mac, want := verifier(signature, r.Key)
	_, err := io.Copy(mac, http.MaxBytesReader(w, req.Body, maxPush))
	if _, big := errors.AsType[*http.MaxBytesError](err); big {
		answer(w, http.StatusRequestEntityTooLarge, "")
		return
	}
	if err != nil {
		answer(w, http.StatusBadRequest, "")
		return
	}
	switch {
	case !hmac.Equal(mac.Sum(nil), want):
		s.log.Debug("push ignored: its signature is wrong", "source", r.Source, "hub", r.Hub)
	case !s.pushes.add(r, strength, time.Now()):
		s.log.Debug("push ignored: its signature is weaker than those before", "source", r.Source, "hub", r.Hub, "method", methods[strength].name)
	}
	answer(w, http.StatusAccepted, "")
}

// verifier reads an X-Hub-Signature: what computes the signature, and what it would
// have to be; nil where it cannot be right.
func verifier(signature []string, key news.Secret) (strength int, mac hash.Hash, want []byte) {
	name, digits, _ := strings.Cut(signature[0], "=")
	strength = slices.IndexFunc(methods, func(m method) bool { return m.name == name })
	if strength < 0 || len(signature) > 1 {
		return 0, hmac.New(sha1.New, nil), nil
	}
	mac = hmac.New(methods[strength].hash, []byte(key.Reveal()))
	want, err := hex.DecodeString(digits)
	if err != nil {
		return strength, mac, nil
	}
	return strength, mac, want
}
