package websub

import (
	"net/url"

	"rightswire/internal/link"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// maxAddress bounds a hub's and a topic's address in bytes.
const maxAddress = 2 << 10

// A wish is where a source wants its changes to be pushed from; the zero wish is
// nowhere.
type wish struct {
	hub, topic string
}

// wish returns what a source wants, by what its last visits found.
func (p *Plan) wish(tx *store.Tx, src *news.Source) (wish, error) {
	if !p.On || !src.Poll || src.Private {
		return wish{}, nil
	}
	v, err := tx.Visit(src.ID)
	if err != nil {
		return wish{}, err
	}
	switch {
	case v.URL != src.Stamp(src.URL), v.Gone:
		return wish{}, nil
	case !plausible(v.Hub), !plausible(v.Topic), link.HasSecret(v.Topic):
		return wish{}, nil
	}
	return wish{v.Hub, v.Topic}, nil
}

// plausible reports whether an address that a feed names may be a hub or a topic:
// absolute, HTTP, of ordinary length, and without a password for anybody.
func plausible(address string) bool {
	if len(address) > maxAddress {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}
