package markup

import (
	"iter"
	"path"
	"strings"

	"golang.org/x/net/html"

	"rightswire/internal/link"
)

// trackerHosts serve images whose purpose is to be loaded. Their subdomains count.
var trackerHosts = []string{
	"2o7.net", "adnxs.com", "amazon-adsystem.com", "analytics.twitter.com", "at-o.net", "bat.bing.com",
	"chartbeat.net", "counter.theconversation.com", "counter.yadro.ru", "ct.pinterest.com", "doubleclick.net",
	"feeds.feedburner.com", "feedproxy.google.com", "feedsportal.com", "google-analytics.com",
	"googleadservices.com", "googlesyndication.com", "googletagmanager.com", "hit.gemius.pl", "hotjar.com",
	"imrworldwide.com", "ioam.de", "mc.yandex.ru", "met.vgwort.de", "omtrdc.net", "parsely.com",
	"pixel.facebook.com", "pixel.propublica.org", "pixel.quantserve.com", "pixel.wp.com", "px.ads.linkedin.com",
	"scorecardresearch.com", "statcounter.com", "stats.wordpress.com", "stats.wp.com", "top-fwz1.mail.ru",
	"track.hubspot.com", "xiti.com",
}

// trackerPaths end the paths of pixels that any host may serve.
var trackerPaths = []string{
	"/1x1.gif", "/1x1.png", "/b.gif", "/beacon.gif", "/blank.gif", "/clear.gif", "/count.gif", "/matomo.php",
	"/open.aspx", "/open.php", "/piwik.php", "/pixel.gif", "/pixel.php", "/pixel.png", "/spacer.gif",
	"/track/open", "/tracking.gif", "/transparent.gif", "/wf/open",
}

// imageURL returns the address of an image to be seen; ok is false for a tracker
// and for an image that is hidden or not to be had over http. Where a script was
// to put in the address, it is taken from where the script would find it.
func imageURL(n *html.Node, resolve func(ref string) (string, bool)) (string, bool) {
	if hidden(n) || tiny(n) {
		return "", false
	}
	for _, key := range []string{"src", "data-src", "data-lazy-src", "data-original"} {
		u, ok := resolve(attr(n, key))
		if ok && strings.HasPrefix(u, "http") {
			return u, !tracker(u)
		}
	}
	return "", false
}

// tracker reports whether an image's address is a known tracker's.
func tracker(u string) bool {
	host := link.Host(u)
	for _, t := range trackerHosts {
		if host == t || strings.HasSuffix(host, "."+t) {
			return true
		}
	}
	u, _, _ = strings.Cut(u, "#")
	u, _, _ = strings.Cut(u, "?")
	if strings.HasSuffix(host, "facebook.com") && path.Base(u) == "tr" {
		return true
	}
	u = strings.ToLower(u)
	for _, p := range trackerPaths {
		if strings.HasSuffix(u, p) {
			return true
		}
	}
	return false
}

// tiny reports whether an image is at most one pixel wide or high.
func tiny(n *html.Node) bool {
	for _, key := range []string{"width", "height"} {
		if px, ok := length(attr(n, key)); ok && px <= 1 {
			return true
		}
	}
	for property, value := range style(n) {
		switch property {
		case "width", "height", "max-width", "max-height":
			if px, ok := length(value); ok && px <= 1 {
				return true
			}
		}
	}
	return false
}

// offscreen is how far from the page, in pixels, is out of sight.
const offscreen = -500

// hidden reports whether n is not displayed, by its own attributes.
func hidden(n *html.Node) bool {
	if has(n, "hidden") {
		return true
	}
	for property, value := range style(n) {
		switch property {
		case "display":
			if value == "none" {
				return true
			}
		case "visibility":
			if value == "hidden" || value == "collapse" {
				return true
			}
		case "opacity":
			if f, ok := length(value); ok && f == 0 {
				return true
			}
		case "left", "top", "margin-left", "text-indent":
			if px, ok := length(value); ok && px < offscreen {
				return true
			}
		}
	}
	return false
}

// style yields the declarations of n's style attribute, in lower case, without
// "!important".
func style(n *html.Node) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for declaration := range strings.SplitSeq(attr(n, "style"), ";") {
			property, value, ok := strings.Cut(declaration, ":")
			if !ok {
				continue
			}
			value, _, _ = strings.Cut(strings.ToLower(value), "!")
			if !yield(strings.ToLower(strings.TrimSpace(property)), strings.TrimSpace(value)) {
				return
			}
		}
	}
}
