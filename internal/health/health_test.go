package health

import (
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
)

const address = "https://outlet.example/feed"

var hourly = news.Interval{Min: time.Hour, Max: 24 * time.Hour}

// asked is a source asked an hour ago that was read the day before.
func asked(change func(*news.Source, *news.Poll, *news.Visit)) (*news.Source, news.Poll, *news.Visit) {
	src := &news.Source{ID: "a", URL: address, Poll: true}
	poll := news.Poll{Last: noon.Add(-time.Hour), Count: 9}
	v := &news.Visit{
		URL: address, First: noon.Add(-days(100)), Good: noon.Add(-days(1)), Newest: noon.Add(-days(1)), Rhythm: days(1),
		Home: "https://outlet.example/", Health: news.HealthOK, HealthSince: noon.Add(-days(90)),
	}
	change(src, &poll, v)
	return src, poll, v
}

func failing(kind news.FailureKind, status int, text string) func(*news.Source, *news.Poll, *news.Visit) {
	return func(_ *news.Source, _ *news.Poll, v *news.Visit) {
		v.Failure = news.Failure{Kind: kind, Status: status, Error: text, Since: noon.Add(-hours(30))}
	}
}

func both(changes ...func(*news.Source, *news.Poll, *news.Visit)) func(*news.Source, *news.Poll, *news.Visit) {
	return func(src *news.Source, p *news.Poll, v *news.Visit) {
		for _, c := range changes {
			c(src, p, v)
		}
	}
}

func told(state news.Health, ago time.Duration) func(*news.Source, *news.Poll, *news.Visit) {
	return func(_ *news.Source, _ *news.Poll, v *news.Visit) { v.Health, v.HealthSince = state, noon.Add(-ago) }
}

func newest(ago, rhythm time.Duration) func(*news.Source, *news.Poll, *news.Visit) {
	return func(_ *news.Source, _ *news.Poll, v *news.Visit) {
		v.Newest, v.Rhythm = noon.Add(-hours(1)-ago), rhythm
		if ago < 0 {
			v.Newest = time.Time{}
		}
	}
}

func TestAssess(t *testing.T) {
	const lastVisit = time.Hour
	for _, test := range []struct {
		name    string
		change  func(*news.Source, *news.Poll, *news.Visit)
		want    news.Health
		since   time.Duration // before now; -1: zero
		why, do string        // a part of it; "" is nothing
	}{
		{"read", func(*news.Source, *news.Poll, *news.Visit) {}, news.HealthOK, days(90), "", ""},
		{"not polled", func(s *news.Source, _ *news.Poll, _ *news.Visit) { s.Poll = false }, news.HealthOff, -1, "poll: false", ""},
		{"the desk", func(s *news.Source, _ *news.Poll, _ *news.Visit) { s.ID = news.DeskSource }, news.HealthOff, -1, "by hand", ""},
		{"never asked", func(_ *news.Source, p *news.Poll, v *news.Visit) { *p, *v = news.Poll{}, news.Visit{} }, news.HealthNew, -1, "not asked yet", ""},
		{"a new address", func(s *news.Source, _ *news.Poll, _ *news.Visit) { s.URL += "/2" }, news.HealthNew, -1, "new address", ""},
		{"asked in an outage alone", func(_ *news.Source, _ *news.Poll, v *news.Visit) { *v = news.Visit{URL: address} }, news.HealthNew, -1, "nobody could be", ""},

		{"empty", failing(news.FailEmpty, 0, "a body of only 11 bytes: \"maintenance\""), news.HealthEmpty, lastVisit, "only 11 bytes", "https://outlet.example/"},
		{"not a feed", failing(news.FailNotFeed, 0, "a challenge page (it wants proof of a browser)"), news.HealthNotFeed, lastVisit, "a challenge page", "rightswire add https://outlet.example/"},
		{"blocked", failing(news.FailBlocked, 444, "fetch "+address+": status 444"), news.HealthBlocked, lastVisit, "status 444", "user agent"},
		{"wants a password", failing(news.FailBlocked, 401, "fetch "+address+": status 401"), news.HealthBlocked, lastVisit, "status 401", "auth_file"},
		{"gone", both(failing(news.FailGone, 410, "fetch "+address+": status 410"), func(_ *news.Source, _ *news.Poll, v *news.Visit) { v.Gone = true }), news.HealthGone, lastVisit, "status 410", "rightswire refresh a"},
		{"not found", failing(news.FailStatus, 404, "fetch "+address+": status 404"), news.HealthGone, lastVisit, "status 404", "rightswire add"},
		{"no such name", failing(news.FailDNS, 0, "fetch "+address+": lookup outlet.example: no such host"), news.HealthUnreachable, lastVisit, "looked up: lookup outlet.example: no such host", "check the host"},
		{"a bad certificate", failing(news.FailTLS, 0, "fetch "+address+": x509: expired"), news.HealthUnreachable, lastVisit, "certificate", "publisher"},
		{"refused connection", failing(news.FailConnect, 0, "fetch "+address+": connection refused"), news.HealthUnreachable, lastVisit, "connection refused", "wait"},
		{"no answer", failing(news.FailTimeout, 0, "fetch "+address+": no answer"), news.HealthUnreachable, lastVisit, "in time", "timeout"},
		{"server error", failing(news.FailStatus, 500, "fetch "+address+": status 500"), news.HealthUnreachable, lastVisit, "status 500", "wait"},
		{"redirects in a circle", failing(news.FailRedirect, 0, "fetch "+address+": more than 5 redirects"), news.HealthUnreachable, lastVisit, "5 redirects", "rightswire add"},
		{"busy for a day", failing(news.FailBusy, 429, "fetch "+address+": status 429"), news.HealthUnreachable, hours(30), "more than a day", "interval"},
		{"busy for an hour", both(failing(news.FailBusy, 429, "fetch "+address+": status 429"), func(_ *news.Source, _ *news.Poll, v *news.Visit) { v.Failure.Since = noon.Add(-hours(1)) }), news.HealthOK, days(90), "for a while", "interval"},
		{"busy after it was blocked", both(failing(news.FailBusy, 429, "status 429"), told(news.HealthBlocked, days(3)), func(_ *news.Source, _ *news.Poll, v *news.Visit) { v.Failure.Since = noon.Add(-hours(1)) }), news.HealthBlocked, days(3), "for a while", "user agent"},
		{"connection broken off", failing(news.FailTruncated, 0, "fetch "+address+": unexpected EOF"), news.HealthTruncated, lastVisit, "EOF", "breaks off"},
		{"document broken off", func(_ *news.Source, _ *news.Poll, v *news.Visit) { v.Cut = true }, news.HealthTruncated, lastVisit, "before its end", "breaks off"},
		{"unparsable", failing(news.FailParse, 0, "too deep"), news.HealthMalformed, lastVisit, "too deep", "broken"},
		{"undecodable", failing(news.FailEncoding, 0, "gzip: invalid header"), news.HealthMalformed, lastVisit, "gzip", "broken"},
		{"too big", failing(news.FailTooBig, 0, "body of more than 8 MB"), news.HealthMalformed, lastVisit, "8 MB", "fetch.max_body"},
		{"a refused address", failing(news.FailRefused, 0, "fetch "+address+": 10.0.0.1 is not public"), news.HealthFailing, lastVisit, "10.0.0.1", "allow_networks"},
		{"a store out of order", failing(news.FailStore, 0, "no space"), news.HealthFailing, lastVisit, "no space", "rightswire verify"},

		{"failing since it was told to", both(failing(news.FailDNS, 0, "no such host"), told(news.HealthUnreachable, hours(20))), news.HealthUnreachable, hours(20), "no such host", "check the host"},
		{"failing in another way before", both(failing(news.FailBlocked, 403, "status 403"), told(news.HealthUnreachable, hours(20))), news.HealthBlocked, lastVisit, "403", "user agent"},
		{"failing since before states were told", both(failing(news.FailDNS, 0, "no such host"), told("", 0)), news.HealthUnreachable, hours(30), "no such host", "check the host"},

		{"daily, silent for four weeks", newest(days(28), days(1)), news.HealthOK, days(90), "", ""},
		{"daily, silent for five weeks", newest(days(35), days(1)), news.HealthFrozen, days(5) + lastVisit, "one every 24 hours", "expect_every"},
		{"weekly, silent for six weeks", newest(days(42), days(7)), news.HealthOK, days(90), "", ""},
		{"weekly, silent for seven weeks", newest(days(49), days(7)), news.HealthFrozen, days(7) + lastVisit, "one every 7 days", "expect_every"},
		{"monthly, silent for six weeks", newest(days(42), days(30)), news.HealthOK, days(90), "", ""},
		{"monthly, silent for half a year", newest(days(190), days(30)), news.HealthFrozen, days(10) + lastVisit, "one every 30 days", "expect_every"},
		{"yearly, silent for 400 days", newest(days(400), days(365)), news.HealthOK, days(90), "", ""},
		{"one item, ten months old", newest(days(300), 0), news.HealthOK, days(90), "", ""},
		{"one item, 400 days old", newest(days(400), 0), news.HealthFrozen, days(35) + lastVisit, "400 days before", "expect_every"},
		{"undated", newest(-1, 0), news.HealthOK, days(90), "", ""},
		{"off for a year", both(newest(days(1), days(1)), func(_ *news.Source, p *news.Poll, v *news.Visit) {
			p.Last, v.Newest = noon.Add(-days(365)), noon.Add(-days(366))
		}), news.HealthOK, days(90), "", ""},
		{"within expect_every", both(newest(days(35), days(1)), func(s *news.Source, _ *news.Poll, _ *news.Visit) { s.ExpectEvery = days(40) }), news.HealthOK, days(90), "", ""},
		{"beyond expect_every", both(newest(days(3), days(1)), func(s *news.Source, _ *news.Poll, _ *news.Visit) { s.ExpectEvery = days(2) }), news.HealthOverdue, days(1) + lastVisit, "expect_every is 2 days", "raise expect_every"},
		{"undated, beyond expect_every", both(newest(-1, 0), func(s *news.Source, _ *news.Poll, _ *news.Visit) { s.ExpectEvery = hours(12) }), news.HealthOverdue, hours(12), "expect_every is 12 hours", "raise expect_every"},

		{"moved twice", moved(2, false), news.HealthOK, days(90), "", ""},
		{"moved", moved(3, false), news.HealthMoved, lastVisit, "https://other.example/feed since 2026-04-28", "url: https://other.example/feed"},
		{"moved and adopted", moved(3, true), news.HealthOK, days(90), "moved for good to https://other.example/feed", "url: https://other.example/feed"},
		{"moved and frozen", both(moved(3, false), newest(days(35), days(1))), news.HealthFrozen, days(5) + lastVisit, "nothing new", "expect_every"},
		{"churning", func(_ *news.Source, _ *news.Poll, v *news.Visit) { v.Churn = 3 }, news.HealthOK, days(90), "3 visits in a row", "guids"},
		{"churning no more", func(_ *news.Source, _ *news.Poll, v *news.Visit) { v.Churn = 2 }, news.HealthOK, days(90), "", ""},
	} {
		src, poll, v := asked(test.change)
		r := Assess(src, poll, v, hourly, noon)
		if r.State != test.want {
			t.Errorf("%s: %s (%s), want %s", test.name, r.State, r.Why, test.want)
		}
		if since := noon.Sub(r.Since); test.since >= 0 && since != test.since || test.since < 0 && !r.Since.IsZero() {
			t.Errorf("%s: since %s, want %s before", test.name, since, test.since)
		}
		if !holds(r.Why, test.why) || !holds(r.Do, test.do) {
			t.Errorf("%s: why %q, do %q; want %q, %q", test.name, r.Why, r.Do, test.why, test.do)
		}
		for _, s := range []string{r.Why, r.Do} {
			if strings.HasSuffix(s, ".") || s != "" && s[:1] != strings.ToLower(s[:1]) {
				t.Errorf("%s: %q is no clause", test.name, s)
			}
		}
	}
}

// holds reports whether s has a part; "" is all of an empty one.
func holds(s, part string) bool { return strings.Contains(s, part) && (part != "" || s == "") }

func moved(count int, adopted bool) func(*news.Source, *news.Poll, *news.Visit) {
	return func(_ *news.Source, _ *news.Poll, v *news.Visit) {
		v.Moved = news.Move{To: "https://other.example/feed", Count: count, Since: noon.Add(-days(3)), Adopted: adopted}
	}
}

// However a private source fails, its address is not told.
func TestPrivate(t *testing.T) {
	const secret = "https://outlet.example/feed?token=f00ba4"
	for _, kind := range []news.FailureKind{
		"", news.FailDNS, news.FailTLS, news.FailTimeout, news.FailRefused, news.FailRedirect, news.FailStatus, news.FailGone, news.FailTooBig,
		news.FailParse, news.FailNotFeed, news.FailEmpty, news.FailBlocked, news.FailBusy, news.FailTruncated, news.FailStore, news.FailInternal,
	} {
		for _, home := range []string{"", "https://outlet.example/"} {
			src := &news.Source{ID: "a", URL: secret, Poll: true, Private: true}
			v := &news.Visit{
				URL: src.Stamp(secret), Good: noon, Home: home,
				Moved: news.Move{To: src.Stamp("https://outlet.example/new?token=f00ba4"), Count: 3, Since: noon},
			}
			if kind != "" {
				v.Failure = news.Failure{Kind: kind, Error: "fetch https://outlet.example/…: Get " + secret + ": no", Since: noon.Add(-days(2))}
			}
			r := Assess(src, news.Poll{Last: noon}, v, hourly, noon)
			if all := r.Why + r.Do; strings.Contains(all, "f00ba4") || strings.Contains(all, "sha256") || r.Why == "" {
				t.Errorf("%s: why %q, do %q", kind, r.Why, r.Do)
			}
		}
	}
}

func TestMeaning(t *testing.T) {
	seen := map[string]bool{"": true}
	for _, h := range news.Healths() {
		if m := Meaning(h); seen[m] {
			t.Errorf("%s means %q, as another does", h, m)
		} else {
			seen[m] = true
		}
	}
	if m := Meaning("unheard-of"); m != "" {
		t.Errorf("no state means %q", m)
	}
}
