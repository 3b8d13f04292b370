package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"rightswire/internal/fetch"
	"rightswire/internal/news"
	"rightswire/internal/parse"
)

// visit asks one source and hands what it brought to the filer. The flight lands
// when that is durable, which nobody waits for here: a batch may hold more visits
// than are made at a time.
func (in *Ingest) visit(ctx context.Context, f *flight) {
	filing, outcome := in.ask(ctx, in.plan.Load(), f.call)
	if filing == nil {
		in.filer.forget(1)
		in.land(f, outcome)
		return
	}
	if err := in.filer.reserve(ctx, filing); err != nil {
		in.land(f, Outcome{Source: f.source.ID, Kind: Cancelled, Err: err})
		return
	}
	filing.done = func(err error) { in.land(f, in.filed(filing, outcome, err)) }
	in.filer.hand(filing)
}

// filed is what came of a visit, now that its filing is durable or failed.
func (in *Ingest) filed(f *filing, o Outcome, err error) Outcome {
	src := f.source.ID
	if err != nil {
		in.log.Error("visit not filed", "source", src, "err", err)
		return Outcome{Source: src, Kind: Failed, Failure: news.FailStore, Err: fmt.Errorf("file what %s brought: %w", src, err)}
	}
	o.New, o.Updated = f.new, f.updated
	in.report(src, o)
	return o
}

func (in *Ingest) report(src news.SourceID, o Outcome) {
	if o.Kind == Failed {
		in.log.Warn("source failed", "source", src, "kind", o.Failure, "err", o.Err)
		return
	}
	in.log.Debug("source visited", "source", src, "outcome", o.Kind, "new", o.New, "updated", o.Updated)
}

// ask fetches and reads. It returns no filing where the newsroom is closing.
func (in *Ingest) ask(ctx context.Context, plan *Plan, c *call) (*filing, Outcome) {
	src, known := c.source, &c.memory
	outcome := Outcome{Source: src.ID}
	res, err := plan.Client.Get(ctx, src.Source, known.visit)
	if ctx.Err() != nil {
		outcome.Kind, outcome.Err = Cancelled, context.Cause(ctx)
		return nil, outcome
	}
	now := time.Now()
	f := &filing{source: src, plan: plan, seen: now, visit: known.visit, reread: known.strange}
	var maxAge time.Duration
	if err == nil {
		maxAge = res.MaxAge
		outcome.Kind, err = in.take(ctx, f, res, known)
	}
	if err != nil {
		outcome.Kind, outcome.Failure, outcome.Err = Failed, kindOf(err), err
	}
	f.mark(err, now)
	f.poll = plan.after(&src.Source, known.poll, &f.visit, maxAge, now)
	if f.capped {
		// The rest comes next time: nothing is kept that could answer "not modified".
		f.visit.ETag, f.visit.LastModified, f.visit.BodyHash = "", "", [32]byte{}
		f.poll.Next = now.Add(plan.interval(&src.Source).Min)
	}
	return f, outcome
}

// take records what an answer changes and reads its body where that is new.
func (in *Ingest) take(ctx context.Context, f *filing, res *fetch.Response, known *memory) (OutcomeKind, error) {
	defer res.Release()
	kind := Fetched
	switch {
	case res.NotModified:
		kind = NotModified
	case res.Unchanged:
		kind = Unchanged
	default:
		if err := in.read(ctx, f, res, known); err != nil {
			f.arrivals, f.size, f.capped = nil, 0, false
			f.readings, f.reread = nil, known.strange
			return Failed, err
		}
		f.visit.BodyHash = res.BodyHash
	}
	// Validators follow every answer, also one whose body was the old one.
	f.visit.ETag, f.visit.LastModified, f.visit.Final = res.ETag, res.LastModified, ""
	if res.FinalURL != f.source.URL {
		f.visit.Final = res.FinalURL
	}
	return kind, nil
}

// read parses a body and prepares its entries for filing. A body that cannot be
// read changes nothing of what is known.
func (in *Ingest) read(ctx context.Context, f *filing, res *fetch.Response, known *memory) (err error) {
	// Whatever a source sends, it is that source's failure alone.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read %s: panic: %v", res.FinalURL, p)
		}
	}()
	if err := in.parses.Acquire(ctx, 1); err != nil {
		return err
	}
	defer in.parses.Release(1)
	readings, err := in.readings(f.source.ID, known)
	if err != nil {
		return err
	}
	doc, err := parse.Feed(parse.Document{
		Body: res.Body, ContentType: res.ContentType, URL: res.FinalURL, Source: known.origin, Known: readings,
	})
	if err != nil {
		return err
	}
	return in.bring(f, doc)
}

// bring prepares a document for filing: what it says of itself, its entries, and
// what the next visit need not read again.
func (in *Ingest) bring(f *filing, doc *parse.Result) error {
	v, now := &f.visit, f.seen
	first := v.First.IsZero()
	left, more, err := in.prepare(f, doc, first)
	if err != nil {
		return err
	}
	f.keep(doc.Readings, left)
	f.capped = doc.Capped || more
	v.Title, v.Repairs = doc.Head.Title, repairs(v.Repairs, doc)
	if first && !f.capped {
		v.First = now
	}
	v.Good = now
	if mean, newest := rhythm(claims(doc), now); !newest.IsZero() {
		v.Rhythm, v.Newest = mean, newest
	}
	return nil
}

// repairs is what had to be mended to read a document: now, and before as far as
// the document still holds what was mended then.
func repairs(before []string, doc *parse.Result) []string {
	if !doc.Mended {
		return doc.Repairs
	}
	all := slices.Concat(doc.Repairs, before)
	slices.Sort(all)
	return slices.Compact(all)
}

// mark sets the visit's failure, or clears it.
func (f *filing) mark(err error, now time.Time) {
	v := &f.visit
	v.RetryAfter = time.Time{}
	if err == nil {
		v.Failure, v.Gone = news.Failure{}, false
		return
	}
	since := v.Failure.Since
	if since.IsZero() {
		since = now
	}
	v.Failure = news.Failure{Kind: kindOf(err), Error: err.Error(), Since: since}
	if refused, ok := errors.AsType[*fetch.Error](err); ok {
		v.Failure.Status = refused.Status
		if refused.RetryAfter > 0 {
			v.RetryAfter = now.Add(min(refused.RetryAfter, maxRetryAfter))
		}
		v.Gone = v.Gone || refused.Kind == news.FailGone
	}
}

// kindOf classifies a failed visit.
func kindOf(err error) news.FailureKind {
	if refused, ok := errors.AsType[*fetch.Error](err); ok {
		return refused.Kind
	}
	if unread, ok := errors.AsType[*parse.Error](err); ok {
		return unread.Kind
	}
	return news.FailInternal
}
