package site

import (
	"strings"

	"rightswire/internal/news"
)

// The files under each list.
const (
	rssFile  = "rss.xml"
	atomFile = "atom.xml"
	jsonFile = "feed.json"
)

// The outlines of what there is to subscribe to, at the root.
const (
	sourcesFile  = "sources.opml"
	channelsFile = "channels.opml"
)

// statusPath is where the state of the sources is told, below the root.
const statusPath = "status/"

// An address is a path of the site, understood.
type address struct {
	place news.Place
	item  news.ItemID // instead of a place
	// status is how the sources are doing, instead of a place.
	status bool
	file   string // one of the feeds or outlines; "" is the page
	// unslashed says that the slash at the end of a page's path is missing.
	unslashed bool
}

// parseAddress understands a path that begins with a slash. Nothing in it is ever
// used as the name of a file.
func parseAddress(path string) (a address, ok bool) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return a, false
	}
	if a.file = rest; rest == "" || feedFile(rest) || rest == sourcesFile || rest == channelsFile {
		return a, true
	}
	if a.file, a.status = strings.CutPrefix(rest, statusPath); a.status {
		return a, a.file == "" || feedFile(a.file)
	}
	if rest+"/" == statusPath {
		return address{status: true, unslashed: true}, true
	}
	kind, rest, _ := strings.Cut(rest, "/")
	id, file, slash := strings.Cut(rest, "/")
	a.file, a.unslashed = file, !slash
	if file != "" && !feedFile(file) {
		return a, false
	}
	switch kind {
	case "channels":
		a.place.Channel = news.ChannelID(id)
		return a, news.ValidID(id)
	case "sources":
		a.place.Source = news.SourceID(id)
		return a, news.ValidID(id)
	case "items":
		a.item = news.ItemID(id)
		_, valid := a.item.Bytes()
		return a, valid && file == ""
	}
	return a, false
}

func feedFile(name string) bool {
	return name == rssFile || name == atomFile || name == jsonFile
}

// path returns the address below the root of the site, without a slash in front.
func (a address) path() string {
	switch {
	case a.item != "":
		return "items/" + string(a.item) + "/"
	case a.status:
		return statusPath + a.file
	}
	return a.place.Path() + a.file
}

// last returns the last element of an unslashed path.
func (a address) last() string {
	if a.status {
		return strings.TrimSuffix(statusPath, "/")
	}
	return string(a.place.Channel) + string(a.place.Source) + string(a.item)
}

// kept reports whether the bytes are held in memory whatever else is asked for:
// the front page, the channels, their feeds, and how the sources are doing.
func (a address) kept() bool {
	return a.item == "" && a.place.Source == ""
}
