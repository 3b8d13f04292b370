package config

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"rightswire/internal/curate"
	"rightswire/internal/fetch"
	"rightswire/internal/link"
	"rightswire/internal/news"
	"rightswire/internal/tag"
	"rightswire/internal/text"
)

// build makes a Config of the keys, and reports what only the file as a whole can
// show: references, duplicates, contradictions.
func (d *decoder) build(k *fileKeys) *Config {
	c := &Config{
		Site:   d.site(&k.Site),
		Server: d.server(&k.Server),
		Data:   d.absolute(k.Data.v),
		Retain: Retain{Unpublished: k.Retain.Unpublished.v},
		Search: k.Search.v,
		WebSub: WebSub{Callback: k.WebSub.Callback.v, Hub: k.WebSub.Hub.v},
		Fetch:  d.fetch(&k.Fetch),
	}
	if err := fetch.CheckURL(c.Site.URL, nil, nil); c.WebSub.Callback && err != nil {
		d.notice(d.place(k.WebSub.Callback.at), "websub.callback: no hub can push to site.url %s", quote(c.Site.URL))
	}
	c.Vocabulary = d.vocabulary(k.Topics)
	d.sourceIDs(k.Sources)
	d.addresses(k.Sources, &c.Fetch)
	for i := range k.Sources {
		c.Sources = append(c.Sources, d.source(&k.Sources[i], c))
	}
	d.channels(k, c)
	if len(d.problems) == 0 {
		d.compile(c)
	}
	return c
}

func (d *decoder) site(k *siteKeys) news.Site {
	const shipped = "is the shipped one: put your own there"
	if k.ID.v == "rights.example.org,2026" {
		d.notice(d.place(k.ID.at), "site.id %s before you publish; it is the authority of every id", shipped)
	}
	if k.Contact.v == "desk@example.org" {
		d.notice(d.place(k.Contact.at), "site.contact %s, so that webmasters can reach you", shipped)
	}
	location, err := time.LoadLocation(k.TimeZone.v)
	if err != nil {
		location = time.UTC // reported with the key
	}
	return news.Site{
		Title: k.Title.v, URL: k.URL.v, ID: k.ID.v, Contact: k.Contact.v, Language: k.Language.v,
		Location: location, Review: news.Review(k.Review.v),
	}
}

func (d *decoder) server(k *serverKeys) Server {
	for _, desk := range k.Desk {
		for _, public := range k.Listen {
			if overlap(desk.v, public.v) {
				d.report(d.place(cmp.Or(desk.at, public.at)), "", "server.desk: %s is a public address of server.listen", quote(desk.v))
			}
		}
	}
	cert, _ := scalar(k.TLS.Cert.at)
	key, _ := scalar(k.TLS.Key.at)
	if (cert == "") != (key == "") {
		d.report(d.place(cmp.Or(k.TLS.Cert.at, k.TLS.Key.at)), "", "server.tls: cert and key go together")
	}
	return Server{
		Listen: k.Listen.texts(), Desk: k.Desk.texts(), Cache: int64(k.Cache.v),
		TLSCert: k.TLS.Cert.v, TLSKey: k.TLS.Key.v, Group: k.Group.v,
	}
}

// overlap reports whether two addresses to listen on are one, or one of them has
// every address at the other's port.
func overlap(a, b string) bool {
	hostA, portA, _ := net.SplitHostPort(a)
	hostB, portB, _ := net.SplitHostPort(b)
	every := func(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }
	return portA == portB && portA != "0" && (hostA == hostB || every(hostA) || every(hostB))
}

func (ws words) texts() []string { return texts[string](ws) }

// texts returns a list's texts as T.
func texts[T ~string](ws words) []T {
	var list []T
	for _, w := range ws {
		list = append(list, T(w.v))
	}
	return list
}

func (d *decoder) fetch(k *fetchKeys) Fetch {
	f := Fetch{
		Interval:  news.Interval{Min: k.Interval.Min.v, Max: k.Interval.Max.v},
		Scheduler: k.Scheduler.v, Timeout: k.Timeout.v, MaxBody: int64(k.MaxBody.v), Memory: int64(k.Memory.v),
		Concurrency: k.Concurrency.v, HostConcurrency: k.PerHost.Concurrency.v, HostGap: k.PerHost.Gap.v,
		Proxy: k.Proxy.v,
	}
	d.interval("fetch.interval", k.Interval.Min, k.Interval.Max, f.Interval)
	for _, w := range k.AllowNetworks {
		if p, err := netip.ParsePrefix(w.v); err == nil { // it is one: its format
			f.AllowNetworks = append(f.AllowNetworks, p)
		}
	}
	for _, n := range k.AllowPorts {
		f.AllowPorts = append(f.AllowPorts, n.v)
	}
	return f
}

// interval reports bounds that leave nothing between them. A zero bound was
// reported already.
func (d *decoder) interval(path string, lo, hi value[time.Duration], v news.Interval) {
	if v.Min > 0 && v.Max > 0 && v.Min > v.Max && (lo.said() || hi.said()) {
		d.report(d.place(cmp.Or(lo.at, hi.at)), "", "%s: min %s is longer than max %s", path, short(v.Min), short(v.Max))
	}
}

// short is a duration without its zero minutes and seconds.
func short(v time.Duration) string {
	s := v.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// vocabulary merges the file's topics into the built-in ones.
func (d *decoder) vocabulary(keys []topicKeys) *tag.Vocabulary {
	topics := tag.Builtin()
	first := map[string]ast.Node{}
	for _, k := range keys {
		if k.ID.v == "" {
			continue
		}
		if first[k.ID.v] != nil {
			d.report(d.place(k.ID.at), "", "topic %q: duplicate id (first at line %d)", k.ID.v, d.place(first[k.ID.v]).line)
			continue
		}
		first[k.ID.v] = k.ID.at
		i := slices.IndexFunc(topics, func(t news.Topic) bool { return string(t.ID) == k.ID.v })
		if i < 0 {
			i = len(topics)
			topics = append(topics, news.Topic{ID: news.TopicID(k.ID.v), Label: map[string]string{}})
		}
		t := &topics[i]
		label := maps.Clone(t.Label)
		maps.Copy(label, k.Label)
		t.Label = label
		t.Strong, t.Weak, t.Not, t.XRef = k.Strong.texts(), k.Weak.texts(), k.Not.texts(), k.XRef
	}
	return tag.NewVocabulary(topics)
}

// sourceIDs reports ids, today's and former ones, that two sources share.
func (d *decoder) sourceIDs(keys []sourceKeys) {
	first := map[string]ast.Node{}
	claim := func(w value[string], format string, args ...any) {
		switch at := first[w.v]; {
		case w.v == "":
		case at != nil:
			d.report(d.place(w.at), "", "%s (first at line %d)", fmt.Sprintf(format, args...), d.place(at).line)
		default:
			first[w.v] = w.at
		}
	}
	for _, k := range keys { // today's first, so that a former one is the duplicate
		claim(k.ID, "source %q: duplicate id", k.ID.v)
	}
	for _, k := range keys {
		for _, old := range k.Formerly {
			claim(old, "source %q: formerly: duplicate id %q", k.ID.v, old.v)
		}
	}
}

// addresses reports sources that share a URL, and URLs that will never be asked.
func (d *decoder) addresses(keys []sourceKeys, f *Fetch) {
	first := map[string]*sourceKeys{}
	for i := range keys {
		k := &keys[i]
		if k.URL.v == "" {
			continue
		}
		at := d.place(k.URL.at)
		key := link.Key(k.URL.v)
		if other := first[key]; other != nil {
			d.report(at, "", "source %q: url: same feed as source %q (line %d)", k.ID.v, other.ID.v, d.place(other.URL.at).line)
		} else {
			first[key] = k
		}
		if err := reachable(k.URL.v, cmp.Or(k.Proxy.v, f.Proxy), f); err != nil {
			d.report(at, "", "source %q: url: %v", k.ID.v, err)
		}
	}
}

// reachable says what keeps a URL from being asked, as far as it shows. What is
// allowed here says nothing about the networks of a proxy.
func reachable(raw, proxy string, f *Fetch) error {
	if proxy == "" {
		return fetch.CheckURL(raw, f.AllowNetworks, f.AllowPorts)
	}
	if u, err := url.Parse(raw); err == nil && strings.HasSuffix(u.Hostname(), ".onion") && strings.HasPrefix(proxy, "socks5h:") {
		return nil
	}
	return fetch.CheckURL(raw, nil, f.AllowPorts)
}

func (d *decoder) source(k *sourceKeys, c *Config) news.Source {
	s := news.Source{
		ID: news.SourceID(k.ID.v), Formerly: texts[news.SourceID](k.Formerly), Title: cmp.Or(k.Title.v, k.ID.v),
		URL: k.URL.v, Language: k.Language.v, Countries: texts[news.Country](k.Countries),
		Kind: news.Kind(k.Kind.v), Org: cmp.Or(k.Org.v, k.ID.v),
		Review:      cmp.Or(news.Review(k.Review.v), c.Site.Review),
		Rights:      news.Rights{Full: k.Rights.Full.v != "", Statement: k.Rights.Full.v},
		ExpectEvery: k.ExpectEvery.v, Skip: k.Skip.v, Poll: k.Poll.v, Page: news.PageMode(k.Page.v),
		Selector: k.Selector.v, UserAgent: k.UserAgent.v,
		Interval: news.Interval{Min: k.Interval.Min.v, Max: k.Interval.Max.v}, Timeout: k.Timeout.v, Proxy: k.Proxy.v,
	}
	d.interval(fmt.Sprintf("source %q: interval", s.ID), k.Interval.Min, k.Interval.Max, news.Interval{
		Min: cmp.Or(s.Interval.Min, c.Fetch.Interval.Min), Max: cmp.Or(s.Interval.Max, c.Fetch.Interval.Max),
	})
	d.credentials(k, &s)
	if link.HasSecret(s.URL) {
		d.notice(d.place(k.URL.at), "source %q: url: its address holds a secret: it is left out of what is published", s.ID)
		s.Private = true
	}
	return s
}

// channels makes the channels, and checks what they and the expressions refer to.
func (d *decoder) channels(k *fileKeys, c *Config) {
	refs := references{topics: c.Vocabulary, known: map[string]bool{string(news.DeskSource): true}, former: map[string]string{}}
	for _, s := range k.Sources {
		if s.ID.v != "" {
			refs.known[s.ID.v] = true
		}
		for _, old := range s.Formerly {
			refs.former[old.v] = s.ID.v
		}
	}
	refs.ids = slices.Sorted(maps.Keys(refs.known))
	for _, s := range k.Sources {
		d.mentions(fmt.Sprintf("source %q: ", s.ID.v), s.Skip, &refs)
	}
	first := map[string]ast.Node{}
	for i := range k.Channels {
		ch := &k.Channels[i]
		lead := fmt.Sprintf("channel %q: ", ch.ID.v)
		if at := first[ch.ID.v]; at != nil {
			d.report(d.place(ch.ID.at), "", "%sduplicate id (first at line %d)", lead, d.place(at).line)
		} else if ch.ID.v != "" {
			first[ch.ID.v] = ch.ID.at
		}
		for _, w := range ch.Topics {
			d.topic(d.place(w.at), lead, w.v, &refs)
		}
		for _, w := range ch.Sources {
			d.sourceRef(d.place(w.at), lead, w.v, &refs)
		}
		d.mentions(lead, ch.When, &refs)
		c.Channels = append(c.Channels, channel(ch, c.Site))
	}
}

func channel(k *channelKeys, site news.Site) news.Channel {
	return news.Channel{
		ID: news.ChannelID(k.ID.v), Title: cmp.Or(k.Title.v, k.ID.v), Description: k.Description.v,
		Language: cmp.Or(k.Language.v, site.Language),
		Topics:   texts[news.TopicID](k.Topics), Countries: texts[news.Country](k.Countries),
		Sources: texts[news.SourceID](k.Sources), Languages: k.Languages.texts(),
		When: k.When.v, Review: cmp.Or(news.Review(k.Review.v), site.Review),
		OnePerStory: k.OnePerStory.v, Limit: k.Limit.v, Examples: k.Examples.texts(),
	}
}

// references are what may be referred to by name.
type references struct {
	topics *tag.Vocabulary
	known  map[string]bool   // sources
	ids    []string          // of known, sorted
	former map[string]string // former id → today's
}

func (d *decoder) topic(at place, lead, id string, refs *references) {
	if d.partial || d.full() || refs.topics.Has(news.TopicID(id)) {
		return
	}
	d.report(at, didYouMean(text.Nearest(id, refs.topics.IDs())), "%sunknown topic %s", lead, quote(id))
}

func (d *decoder) sourceRef(at place, lead, id string, refs *references) {
	if d.partial || d.full() || refs.known[id] {
		return
	}
	near := text.Nearest(id, refs.ids)
	if i := slices.IndexFunc(refs.ids, func(s string) bool { return strings.HasPrefix(s, id+"-") }); near == "" && i >= 0 {
		near = refs.ids[i] // the publisher's name, for one of its editions
	}
	hint := didYouMean(near)
	if today := refs.former[id]; today != "" {
		hint = fmt.Sprintf("it is %q now", today)
	}
	d.report(at, hint, "%sunknown source %s", lead, quote(id))
}

// mentions checks the topics, countries and sources that an expression names: a
// misspelt one would never match.
func (d *decoder) mentions(lead string, rule value[string], refs *references) {
	e := d.rules[rule.v]
	if e == nil {
		return // there is none, or it was reported
	}
	for _, m := range e.Mentions() {
		at := d.within(rule.at, m.Offset)
		switch m.Name {
		case "topics":
			d.topic(at, lead, m.Value, refs)
		case "source":
			d.sourceRef(at, lead, m.Value, refs)
		case "countries":
			if _, wrong := readCountry(d, m.Value); wrong != nil {
				d.report(at, wrong.hint, "%s%s", lead, wrong.msg)
			}
		}
	}
}

// compile makes the rulebook of a file without problems.
func (d *decoder) compile(c *Config) {
	var sources []*curate.Source
	for _, s := range c.Sources {
		compiled, err := curate.NewSource(s)
		if err != nil {
			d.report(place{}, "", "%v", err) // unreachable: the expression was compiled before
		}
		sources = append(sources, compiled)
	}
	var channels []*curate.Channel
	for _, ch := range c.Channels {
		compiled, err := curate.NewChannel(ch)
		if err != nil {
			d.report(place{}, "", "%v", err) // unreachable: the expression was compiled before
		}
		channels = append(channels, compiled)
	}
	c.Rules = curate.NewRulebook(c.Site, sources, channels)
}
