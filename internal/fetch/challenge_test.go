package fetch

import (
	"net/http"
	"strings"
	"testing"

	"rightswire/internal/news"
)

func TestChallenges(t *testing.T) {
	const wall = `<!DOCTYPE html><title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>`
	const html = "text/html; charset=UTF-8"
	tests := []struct {
		name   string
		status int
		fields http.Header
		body   string
		kind   news.FailureKind
	}{
		{"busy", 503, nil, "", news.FailBusy},
		{"busy with a page", 503, http.Header{"Content-Type": {html}}, "<h1>Down for maintenance</h1>", news.FailBusy},
		{"too many requests", 429, http.Header{"Content-Type": {"text/plain"}}, "slow down", news.FailBusy},
		{"a wall's 503", 503, http.Header{"Content-Type": {html}}, wall, news.FailBlocked},
		{"a wall's 429", 429, http.Header{"Content-Type": {"TEXT/HTML"}}, wall, news.FailBlocked},
		{"a wall's 403", 403, http.Header{"Content-Type": {html}}, wall, news.FailBlocked},
		{"no page", 503, http.Header{"Content-Type": {"text/plain"}}, wall, news.FailBusy},
		{"far down the page", 503, http.Header{"Content-Type": {html}}, strings.Repeat("<p>", maxChallenge) + wall, news.FailBusy},
		{"by header", 403, http.Header{"Cf-Mitigated": {"challenge"}}, "", news.FailBlocked},
		{"by header, 429", 429, http.Header{"Cf-Mitigated": {"challenge"}}, "", news.FailBlocked},
		{"by header, 200", 200, http.Header{"Cf-Mitigated": {"challenge"}}, wall, news.FailBlocked},
		{"by header, 202", 202, http.Header{"X-Amzn-Waf-Action": {"challenge"}}, "", news.FailBlocked},
		{"by header, 405", 405, http.Header{"X-Amzn-Waf-Action": {"captcha"}}, "", news.FailBlocked},
		{"another header", 202, http.Header{"Sg-Captcha": {"challenge"}}, "", news.FailBlocked},
		{"mitigated otherwise", 503, http.Header{"Cf-Mitigated": {"no"}}, "", news.FailBusy},
	}
	c := newClient(t, nil)
	for _, tt := range tests {
		for _, coding := range []string{"", "gzip"} {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				for name, values := range tt.fields {
					w.Header()[name] = values
				}
				w.Header().Set("Retry-After", "60")
				body := []byte(tt.body)
				if coding != "" {
					w.Header().Set("Content-Encoding", coding)
					body = gzipped(t, body)
				}
				w.WriteHeader(tt.status)
				w.Write(body)
			})
			_, err := get(t, c, s.URL)
			f := failed(t, err, tt.kind)
			if f.Status != tt.status || f.RetryAfter == 0 || strings.Contains(err.Error(), "challenge") != (tt.kind == news.FailBlocked) {
				t.Errorf("%s %s: %+v", tt.name, coding, f)
			}
		}
	}
	if c.memory.used != 0 {
		t.Errorf("%d bytes still claimed", c.memory.used)
	}
}
