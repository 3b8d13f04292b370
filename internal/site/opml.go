package site

import (
	"cmp"
	"fmt"

	"rightswire/internal/news"
	"rightswire/internal/publish"
)

// makeOutline lists the feeds there are, for readers that import such lists: those
// of our channels, or those that our sources publish themselves.
func (s *Site) makeOutline(a address) (*answer, error) {
	site := s.room.Site()
	title, list := "Channels", s.channelOutlines(site)
	if a.file == sourcesFile {
		var err error
		title = "Sources"
		if list, err = s.sourceOutlines(); err != nil {
			return nil, err
		}
	}
	body, err := publish.OPML(title+": "+site.Title, list)
	return &answer{body: body, kind: "text/x-opml; charset=utf-8"}, err
}

func (s *Site) channelOutlines(site news.Site) []publish.Listing {
	var list []publish.Listing
	for _, c := range s.directory().Channels {
		page := site.URL + "/" + news.Place{Channel: c.ID}.Path()
		list = append(list, publish.Listing{
			Title: c.Title, Feed: page + atomFile, Page: page, Language: cmp.Or(c.Language, site.Language),
		})
	}
	return list
}

// sourceOutlines leaves out the sources whose addresses are nobody else's business,
// and ourselves.
func (s *Site) sourceOutlines() ([]publish.Listing, error) {
	var list []publish.Listing
	for _, src := range s.directory().Sources {
		if src.Private || src.URL == "" {
			continue
		}
		home, err := s.room.Home(src.ID)
		if err != nil {
			return nil, fmt.Errorf("list source %s: %w", src.ID, err)
		}
		list = append(list, publish.SourceListing(&src, home))
	}
	return list, nil
}
