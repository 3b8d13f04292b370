package websub

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"

	"rightswire/internal/news"
)

// fresh returns a subscription that nobody has been told of yet. Its token holds
// 130 random bits, its key 260 (section 5.1 allows 200 bytes).
func (p *Plan) fresh(src news.SourceID, w wish) news.Subscription {
	return news.Subscription{
		Source: src,
		Hub:    w.hub,
		Topic:  w.topic,
		Token:  rand.Text() + tokenEnd(p.Base),
		Key:    news.Secret(rand.Text() + rand.Text()),
	}
}

// tokenEnd is how tokens end that were made for callbacks below base. When the
// public address changes, the hubs that push to the old one are told the new.
func tokenEnd(base string) string {
	sum := sha256.Sum256([]byte(base))
	return base32.StdEncoding.EncodeToString(sum[:5])
}
