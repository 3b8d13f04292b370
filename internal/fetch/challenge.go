package fetch

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"rightswire/internal/news"
)

// maxChallenge is how much of a refusal's page is read to see whether it asks for
// a browser, in bytes.
const maxChallenge = 64 << 10

// challengeFields are header fields by which walls against robots say that what
// they send stands in place of the answer; the value is "challenge" or "captcha".
var challengeFields = []string{"Cf-Mitigated", "X-Amzn-Waf-Action", "Sg-Captcha"}

// challengeMarks are what such a wall's page holds, in lower case.
var challengeMarks = [][]byte{
	[]byte("/cdn-cgi/challenge-platform/"), []byte("_cf_chl_opt"), []byte("cf-browser-verification"), []byte("jschl_vc"),
	[]byte("/.well-known/ddos-guard/"), []byte("_incapsula_resource"), []byte("sucuri_cloudproxy_js"), []byte("/.well-known/sgcaptcha/"),
	[]byte("awswafintegration"), []byte("/.within.website/x/cmd/anubis/"), []byte("px-captcha"), []byte("captcha-delivery.com"),
	[]byte("enable javascript and cookies to continue"), []byte("checking your browser before accessing"),
	[]byte("checking if the site connection is secure"), []byte("verify you are human"), []byte("verifying you are human"),
}

// challenged reports whether a header says that a wall answered.
func challenged(h http.Header) bool {
	for _, name := range challengeFields {
		for _, v := range h[name] {
			if strings.EqualFold(v, "challenge") || strings.EqualFold(v, "captcha") {
				return true
			}
		}
	}
	return false
}

// errChallenge says what a wall against robots means.
func errChallenge(res *http.Response) *Error {
	return failStatus(news.FailBlocked, res, fmt.Errorf("status %d with a challenge that only browsers pass", res.StatusCode))
}

// isChallenge reports whether a refusal's page is a challenge. It reads the page as
// far as it must.
func (c *Client) isChallenge(ctx context.Context, e *errand, res *http.Response) bool {
	if kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(kind), "text/html") {
		return false
	}
	peek := *e
	peek.most, peek.cut = maxChallenge, true
	r, err := c.receive(ctx, &peek, res)
	if err != nil {
		return false
	}
	defer r.Release()
	page := bytes.ToLower(r.Body)
	for _, mark := range challengeMarks {
		if bytes.Contains(page, mark) {
			return true
		}
	}
	return false
}
