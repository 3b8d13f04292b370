package newsroom

import (
	"context"
	"errors"
	"time"

	"rightswire/internal/ingest"
	"rightswire/internal/news"
)

// A RefreshOrder asks for sources.
type RefreshOrder struct {
	Sources []string `json:"sources,omitempty"`
	All     bool     `json:"all,omitempty"`
}

// A RefreshReport is what came of it. Each source counts once.
type RefreshReport struct {
	Sources      int              `json:"sources"`
	Fetched      int              `json:"fetched"`
	NotModified  int              `json:"not_modified"`
	Unchanged    int              `json:"unchanged"`
	Failed       int              `json:"failed"`
	Skipped      int              `json:"skipped"`
	ItemsNew     int              `json:"items_new"`
	ItemsUpdated int              `json:"items_updated"`
	TookMS       int64            `json:"took_ms"`
	Failures     []RefreshFailure `json:"failures"`
}

// A RefreshFailure is a source that was asked in vain.
type RefreshFailure struct {
	Source news.SourceID    `json:"source"`
	Kind   news.FailureKind `json:"kind"`
	Error  string           `json:"error"`
}

// Done is how many sources have been dealt with.
func (r *RefreshReport) Done() int {
	return r.Fetched + r.NotModified + r.Unchanged + r.Failed + r.Skipped
}

// ErrClosing says that the newsroom closed before a refresh was done.
var ErrClosing = errors.New("refresh cut short: the newsroom is closing")

// Refresh visits what is due, or what the order names, and returns when what it
// brought is durable. progress, which may be nil, is called after each visit.
func (n *Newsroom) Refresh(ctx context.Context, o RefreshOrder, progress func(RefreshReport)) (RefreshReport, error) {
	order := ingest.Order{All: o.All}
	for _, id := range o.Sources {
		order.Sources = append(order.Sources, news.SourceID(id))
	}
	var tell func(ingest.Report)
	if progress != nil {
		tell = func(r ingest.Report) { progress(refreshReport(r)) }
	}
	report, err := n.ingest.Refresh(ctx, order, tell)
	if unknown, ok := errors.AsType[*ingest.UnknownSourceError](err); ok {
		return RefreshReport{}, badRequest("see: rightswire sources", "no source %q", unknown.Source)
	}
	if errors.Is(err, ingest.ErrClosed) || err == nil && report.Counts[ingest.Cancelled] > 0 {
		err = ErrClosing
	}
	if err == nil && !n.daemon {
		n.upkeep(ctx) // where cron refreshes, nobody else does it
	}
	return refreshReport(report), err
}

func refreshReport(r ingest.Report) RefreshReport {
	out := RefreshReport{
		Sources: r.Sources, Fetched: r.Counts[ingest.Fetched], NotModified: r.Counts[ingest.NotModified],
		Unchanged: r.Counts[ingest.Unchanged], Failed: r.Counts[ingest.Failed], Skipped: r.Counts[ingest.Skipped],
		ItemsNew: r.New, ItemsUpdated: r.Updated, TookMS: r.Took.Milliseconds(),
		Failures: []RefreshFailure{},
	}
	for _, f := range r.Failures {
		out.Failures = append(out.Failures, RefreshFailure{Source: f.Source, Kind: f.Failure, Error: f.Err.Error()})
	}
	return out
}

// An Addition is an item made by hand.
type Addition struct {
	URL       string    `json:"url,omitempty"`
	Title     string    `json:"title,omitempty"`
	Text      string    `json:"text,omitempty"` // plain; blank lines part paragraphs
	Language  string    `json:"language,omitempty"`
	Published time.Time `json:"published,omitzero"`
	Authors   []string  `json:"authors,omitempty"`
	Tags      []string  `json:"tags,omitempty"` // topics and countries
	Why       string    `json:"why,omitempty"`
}
