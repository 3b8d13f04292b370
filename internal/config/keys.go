package config

import "time"

// The structs of this file are the manual of feeds.yaml: what a key means, its
// unit, default and bounds. The decoder and the JSON Schema both work from them,
// and the schema's descriptions are these comments.
//
// Tags: yaml is the key; is names the format of a text, or of each text of a list
// (a line, where it is not said); default, min and max are as the file would say
// them. Flags: need, the file must say it; single, a list of one may go without
// brackets; blank, "" is the same as no key; later, checked and without effect yet.

// fileKeys is the whole file.
type fileKeys struct {
	// The newswire as its readers see it.
	Site siteKeys `yaml:"site"`
	// Where the newswire listens.
	Server serverKeys `yaml:"server"`
	// Folder of the store, the control socket and backups; relative to this file.
	// Default: data.
	Data value[string] `yaml:"data" is:"folder" default:"data"`
	// What may be deleted. Default: nothing, ever.
	Retain retainKeys `yaml:"retain"`
	// Whether readers can search. Default: true.
	Search value[bool] `yaml:"search" default:"true" flags:"later"`
	// How changes are pushed to subscribers.
	WebSub webSubKeys `yaml:"websub"`
	// How sources are asked.
	Fetch fetchKeys `yaml:"fetch"`
	// What comes in: one entry for each feed.
	Sources []sourceKeys `yaml:"sources"`
	// Topics that add to the built-in vocabulary, or override its topic of that id.
	Topics []topicKeys `yaml:"topics"`
	// What goes out: one entry for each curated list.
	Channels []channelKeys `yaml:"channels"`
}

type siteKeys struct {
	// The newswire's name, on every page and feed. Default: Rightswire.
	Title value[string] `yaml:"title" default:"Rightswire"`
	// The public address, for links alone; where the server listens is server.listen.
	// Default: http://127.0.0.1:8080.
	URL value[string] `yaml:"url" is:"site-url" default:"http://127.0.0.1:8080"`
	// The authority of every published id: a domain and a year (or date) in which it
	// was yours. Never change it: readers' feeds would see every item as new.
	// Default: rights.example.org,2026, which is for trying out.
	ID value[string] `yaml:"id" is:"site-id" default:"rights.example.org,2026"`
	// An e-mail address or URL at which webmasters and readers reach you: in the
	// User-Agent and in the feeds. Default: desk@example.org, which is nobody's.
	Contact value[string] `yaml:"contact" is:"contact" default:"desk@example.org"`
	// The language of pages and of channels that say no other. Default: en.
	Language value[string] `yaml:"language" is:"language" default:"en"`
	// The IANA time zone of dates on pages and of times that curators write.
	// Default: UTC.
	TimeZone value[string] `yaml:"timezone" is:"zone" default:"UTC"`
	// What sources and channels do that do not say it: auto publishes at once, edits
	// too; manual waits for a curator. Default: auto.
	Review value[string] `yaml:"review" is:"review" default:"auto"`
}

type serverKeys struct {
	// One address, or a list, as host:port; ":8080" is every address of the machine,
	// port 0 a free one. Default: 127.0.0.1:8080.
	Listen words `yaml:"listen" is:"listen" default:"127.0.0.1:8080" flags:"single"`
	// Where the desk is served, with its metrics: one address, a list, or [] for
	// nowhere. Keep it private. Default: 127.0.0.1:8081.
	Desk words `yaml:"desk" is:"listen" default:"127.0.0.1:8081" flags:"single"`
	// Rendered bytes kept in memory beyond those of the channels and the front page.
	// Default: 64MB; from 0 to 64GB.
	Cache value[size] `yaml:"cache" default:"64MB" max:"64GB"`
	// Certificate and key to serve HTTPS with.
	TLS tlsKeys `yaml:"tls"`
	// A group of this machine whose members may use the control socket besides the
	// daemon's own user. Default: none.
	Group value[string] `yaml:"group" is:"group" flags:"blank"`
}

type tlsKeys struct {
	// File of the certificate chain, PEM. Default: none, which serves HTTP.
	Cert value[string] `yaml:"cert" is:"file" flags:"blank,later"`
	// File of the private key, PEM, which not everybody may read.
	Key value[string] `yaml:"key" is:"secret" flags:"blank,later"`
}

type retainKeys struct {
	// Age, since it was first seen, at which the body of an item that is not public
	// is deleted; its id, dates and decisions stay, so that it never returns as new.
	// Default: never; at least 1d.
	Unpublished value[time.Duration] `yaml:"unpublished" min:"1d" max:"36500d"`
}

type webSubKeys struct {
	// Whether sources with a hub may push to this newswire, which their hubs have to
	// reach at site.url. Default: false.
	Callback value[bool] `yaml:"callback" default:"false"`
	// The hub that subscribers are sent to: own, none, or another one's URL.
	// Default: own.
	Hub value[string] `yaml:"hub" is:"hub" default:"own" flags:"later"`
}

type intervalKeys struct {
	// The shortest time between two polls of a source. Default: 1h; from 1s to 365d.
	Min value[time.Duration] `yaml:"min" default:"1h" min:"1s" max:"365d"`
	// The longest. Default: 24h; from 1s to 365d, and no shorter than min.
	Max value[time.Duration] `yaml:"max" default:"24h" min:"1s" max:"365d"`
}

type fetchKeys struct {
	// The bounds of the time between two polls of a source, which adapts to how often
	// the source has news.
	Interval intervalKeys `yaml:"interval"`
	// Whether the daemon polls by itself; with false, only `rightswire refresh` does,
	// from cron. Default: true.
	Scheduler value[bool] `yaml:"scheduler" default:"true"`
	// How long one request may take, its body included. Default: 30s; from 1s to 10m.
	Timeout value[time.Duration] `yaml:"timeout" default:"30s" min:"1s" max:"10m"`
	// The largest feed that is read, decompressed. Default: 8MB; from 1KB to 256MB.
	MaxBody value[size] `yaml:"max_body" default:"8MB" min:"1KB" max:"256MB"`
	// All bodies in flight together; one may always go on. Default: 64MB; from 1MB to
	// 16GB.
	Memory value[size] `yaml:"memory" default:"64MB" min:"1MB" max:"16GB"`
	// Requests in flight at once. Default: 256; from 1 to 4096.
	Concurrency value[int] `yaml:"concurrency" default:"256" min:"1" max:"4096"`
	// What one host has to bear.
	PerHost perHostKeys `yaml:"per_host"`
	// Networks that are not public and may be asked all the same, such as
	// 127.0.0.0/8, there at every port from 1024 up that no database has. Default:
	// none.
	AllowNetworks words `yaml:"allow_networks" is:"network" flags:"single"`
	// Ports that may be asked besides 80 and 443. Default: none.
	AllowPorts numbers `yaml:"allow_ports" min:"1" max:"65535" flags:"single"`
	// A proxy for every request: socks5h://127.0.0.1:9050 for Tor, or http://….
	// Proxies of the environment are ignored. Default: none.
	Proxy value[string] `yaml:"proxy" is:"proxy" flags:"blank"`
}

type perHostKeys struct {
	// Requests in flight at one host. Default: 1; from 1 to 64.
	Concurrency value[int] `yaml:"concurrency" default:"1" min:"1" max:"64"`
	// The pause after a request to a host before the next. Default: 1s; from 0s to 1h.
	Gap value[time.Duration] `yaml:"gap" default:"1s" max:"1h"`
}

type sourceKeys struct {
	// The source's name for ever: item ids are made with it. Lower-case letters,
	// digits and hyphens, at most 64; "desk" is reserved.
	ID value[string] `yaml:"id" is:"id" flags:"need"`
	// Earlier ids, which keeps the items of a renamed source. Default: none.
	Formerly words `yaml:"formerly" is:"id" flags:"single"`
	// Its name, beside every item. Default: the id.
	Title value[string] `yaml:"title"`
	// The address of its feed: http or https, without a password. No other source may
	// have it.
	URL value[string] `yaml:"url" is:"url" flags:"need"`
	// The language it writes in. Default: what the feed says.
	Language value[string] `yaml:"language" is:"language"`
	// Its beat: the countries it is about, in ISO 3166-1 codes (and XK). A hint in
	// doubt, never a tag by itself. Default: the world.
	Countries words `yaml:"countries" is:"country" flags:"single"`
	// What sort of body it is. Default: not said.
	Kind value[string] `yaml:"kind" is:"kind"`
	// The publisher, one word for all its editions. Default: the id.
	Org value[string] `yaml:"org" is:"name"`
	// auto publishes its items at once, edits too; manual waits for a curator.
	// Default: site.review.
	Review value[string] `yaml:"review" is:"review"`
	// excerpt, or {full: the licence and where it is stated}, which allows whole
	// texts. Default: excerpt.
	Rights rightsKey `yaml:"rights"`
	// The longest silence that is normal; a longer one is pointed out. Default: not
	// known; at least 1h.
	ExpectEvery value[time.Duration] `yaml:"expect_every" min:"1h" max:"3650d"`
	// An expression; the items it matches are kept and shown nowhere. Default: none.
	Skip value[string] `yaml:"skip" is:"rule"`
	// Whether it is asked; with false its items stay published. Default: true.
	Poll value[bool] `yaml:"poll" default:"true"`
	// Whether the pages of its articles are fetched: auto does where rights are full
	// and the feed has only an excerpt. Default: auto.
	Page value[string] `yaml:"page" is:"page" default:"auto" flags:"later"`
	// A CSS selector of the article on its page. Default: found by itself.
	Selector value[string] `yaml:"selector" flags:"later"`
	// The User-Agent it is asked with. Default: Rightswire's, with site.contact.
	UserAgent value[string] `yaml:"user_agent" is:"agent"`
	// A file with request headers, one "Name: value" a line, which not everybody may
	// read; a line that starts with # is a comment. They are sent to the host of url
	// alone; those that the request says for itself, or that only browsers and proxies
	// say, are refused. A change of the file is one of this file. Default: none.
	HeadersFile value[string] `yaml:"headers_file" is:"credential" flags:"blank"`
	// The name of an environment variable that holds the same, in place of a file;
	// whatever reads this file needs it. Default: none.
	HeadersEnv value[string] `yaml:"headers_env" is:"variable" flags:"blank"`
	// A file with user:password, in one line, which not everybody may read. They are
	// sent to the host of url alone. A change of the file is one of this file.
	// Default: none.
	AuthFile value[string] `yaml:"auth_file" is:"credential" flags:"blank"`
	// The name of an environment variable that holds the same, in place of a file;
	// whatever reads this file needs it. Default: none.
	AuthEnv value[string] `yaml:"auth_env" is:"variable" flags:"blank"`
	// Bounds of its own for the time between two polls. Default: fetch.interval.
	Interval ownIntervalKeys `yaml:"interval"`
	// How long a request to it may take. Default: fetch.timeout; from 1s to 10m.
	Timeout value[time.Duration] `yaml:"timeout" min:"1s" max:"10m"`
	// A proxy of its own, as in fetch.proxy. Default: fetch.proxy.
	Proxy value[string] `yaml:"proxy" is:"proxy" flags:"blank"`
}

type ownIntervalKeys struct {
	// The shortest time between two polls. Default: fetch.interval.min.
	Min value[time.Duration] `yaml:"min" min:"1s" max:"365d"`
	// The longest. Default: fetch.interval.max.
	Max value[time.Duration] `yaml:"max" min:"1s" max:"365d"`
}

// rightsKey is "excerpt" or a mapping.
type rightsKey struct {
	// The licence that allows whole texts, and where it is stated.
	Full value[string] `yaml:"full" flags:"need"`
}

type topicKeys struct {
	// The topic's name for ever; that of a built-in topic overrides it.
	ID value[string] `yaml:"id" is:"name" flags:"need"`
	// Its label by language: {en: Land rights, es: Derecho a la tierra}. Default: the
	// built-in topic's, else the id.
	Label labels `yaml:"label"`
	// Terms of which one is enough; a * at the end matches every ending.
	Strong words `yaml:"strong" flags:"later"`
	// Terms of which two are needed.
	Weak words `yaml:"weak" flags:"later"`
	// Phrases that are not looked at.
	Not words `yaml:"not" flags:"later"`
	// Its codes in other vocabularies: {huridocs: ["18050615210101"], udhr: [14]}.
	XRef codes `yaml:"xref" flags:"later"`
}

type channelKeys struct {
	// The channel's name, in its address. Lower-case letters, digits and hyphens, at
	// most 64.
	ID value[string] `yaml:"id" is:"id" flags:"need"`
	// Its title for readers. Default: the id.
	Title value[string] `yaml:"title"`
	// What belongs here, for readers. Default: none.
	Description value[string] `yaml:"description" is:"prose"`
	// The language of its page and feeds. Default: site.language.
	Language value[string] `yaml:"language" is:"language"`
	// Items on one of these topics. Default: any. The selectors are and-ed; a channel
	// without any takes everything.
	Topics words `yaml:"topics" is:"name" flags:"single"`
	// Items about one of these countries. Default: any.
	Countries words `yaml:"countries" is:"country" flags:"single"`
	// Items of one of these sources. Default: any.
	Sources words `yaml:"sources" is:"name" flags:"single"`
	// Items in one of these languages: zh takes zh-Hans too. Default: any.
	Languages words `yaml:"languages" is:"language" flags:"single"`
	// An expression that an item has to match besides. Default: none.
	When value[string] `yaml:"when" is:"rule"`
	// manual shows nothing without a curator's approval. Default: site.review.
	Review value[string] `yaml:"review" is:"review"`
	// Whether one member of each story is shown, the others linked. Default: false.
	OnePerStory value[bool] `yaml:"one_per_story" default:"false" flags:"later"`
	// How many items its feeds hold. Default: 50; at least 1.
	Limit value[int] `yaml:"limit" default:"50" min:"1"`
	// Items or URLs that show what belongs here. Default: none.
	Examples words `yaml:"examples" flags:"later"`
}
