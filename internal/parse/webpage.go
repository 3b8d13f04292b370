package parse

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxPage is how much of a web page is looked at to say what it is.
const maxPage = 64 << 10

// Patterns of HTML pages that come in place of a feed.
var (
	pageTitle   = regexp.MustCompile(`(?is)<title[^>]{0,200}>(.{1,400}?)</title`)
	metaRefresh = regexp.MustCompile(`(?is)<meta\b[^>]{0,200}http-equiv\s*=\s*["']?refresh\b[^>]{0,400}`)
	refreshURL  = regexp.MustCompile(`(?is)\burl\s*=\s*["']?\s*([^"'\s>]{1,300})`)
	password    = regexp.MustCompile(`(?is)<input\b[^>]{0,400}type\s*=\s*["']?password\b`)
)

// challenges are what the pages say, in their code or to people, that want proof of
// a human being or of a browser: Cloudflare, Akamai, Imperva, DDoS-Guard, Sucuri,
// DataDome, PerimeterX, Anubis, Qrator and captchas. In lower case.
var challenges = []string{
	"cf_chl_", "cf-chl-", "challenge-platform", "cf-browser-verification", "just a moment...", "checking your browser",
	"enable javascript and cookies to continue", "attention required! | cloudflare", "_incapsula_resource", "ddos-guard",
	"sucuri_cloudproxy", "captcha-delivery.com", "px-captcha", "_pxhd", "anubis_challenge", "within.website/x/cmd/anubis",
	"making sure you&#39;re not a bot", "__qrator", "verify you are human", "are you a robot", "are not a robot",
}

// captchas stand on challenge pages and in the forms of others; the former hold
// little else.
var captchas = []string{"g-recaptcha", "h-captcha", "cf-turnstile", "smartcaptcha"}

// maxChallenge is how long a page with a captcha is for which that is all.
const maxChallenge = 16 << 10

// describe says what a document without a feed's root is.
func describe(s *scanner, body []byte) string {
	html := strings.Contains(strings.ToLower(s.doctype), "doctype html")
	switch strings.ToLower(s.root) {
	case "html", "head", "body", "script", "meta", "div", "title", "p", "h1", "center":
		html = true
	}
	switch {
	case html:
		return describePage(body[:min(len(body), maxPage)])
	case s.root == "":
		return "no XML element: " + clip(strings.TrimSpace(string(body[:min(len(body), 400)])), 80)
	}
	return fmt.Sprintf("a document with root element <%s>", s.rootName())
}

// describePage says what sort of web page came in place of a feed: what to do about
// it differs.
func describePage(page []byte) string {
	what := "an HTML page"
	lower := bytes.ToLower(page)
	switch refresh := metaRefresh.Find(page); {
	case isChallenge(lower):
		what = "a challenge page (it wants proof of a browser)"
	case password.Match(page):
		what = "a login page"
	case refresh != nil:
		what = "an HTML page that sends browsers elsewhere"
		if to := refreshURL.FindSubmatch(refresh); to != nil {
			what = "an HTML page that sends browsers to " + clip(rawText(to[1]), 100)
		}
	}
	if m := pageTitle.FindSubmatch(page); m != nil {
		what += " titled " + clip(rawText(m[1]), 100)
	}
	return what
}

// isChallenge decides on a page in lower case.
func isChallenge(lower []byte) bool {
	holds := func(sign string) bool { return bytes.Contains(lower, []byte(sign)) }
	return slices.ContainsFunc(challenges, holds) || len(lower) <= maxChallenge && slices.ContainsFunc(captchas, holds)
}
