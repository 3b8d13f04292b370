package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"rightswire/internal/fetch"
	"rightswire/internal/health"
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
	filing.done = func(err error) {
		o := in.filed(filing, outcome, err)
		in.hooks.visited(o)
		in.land(f, o)
	}
	in.filer.hand(filing)
}

// filed is what came of a visit, now that its filing is durable or failed.
func (in *Ingest) filed(f *filing, o Outcome, err error) Outcome {
	src := f.source.ID
	if err != nil {
		in.log.Error("visit not filed", "source", src, "err", err)
		o.Kind, o.Failure, o.Err = Failed, news.FailStore, fmt.Errorf("file what %s brought: %w", src, err)
		return o
	}
	o.New, o.Updated = f.new, f.updated
	in.report(src, o)
	return o
}

func (in *Ingest) report(src news.SourceID, o Outcome) {
	if o.Failure == news.FailOffline {
		in.log.Debug("source not reached", "source", src, "err", o.Err)
		return
	}
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
	f := &filing{source: src, plan: plan, visit: known.visit, reread: known.strange, whole: wholeDue(&known.visit, time.Now())}
	res, err := plan.Client.Get(ctx, src.Source, f.asked())
	if ctx.Err() != nil {
		outcome.Kind, outcome.Err = Cancelled, context.Cause(ctx)
		return nil, outcome
	}
	f.seen = time.Now()
	a := answer{}
	if err == nil {
		outcome.Took, outcome.Sent, a.maxAge = res.Took, res.Sent, res.MaxAge
		outcome.Kind, err = in.take(ctx, f, res, known)
	} else if refused, ok := errors.AsType[*fetch.Error](err); ok {
		outcome.Took = refused.Took
	}
	if err == nil {
		in.online(f.seen)
		a.capped = f.capped
		a.relied = in.relied(f, f.seen)
	}
	if err != nil {
		a.failure = kindOf(err)
		if in.offline(&src.Source, &known.visit, a.failure, f.seen) {
			a.failure = news.FailOffline
		}
		outcome.Kind, outcome.Failure, outcome.Err = Failed, a.failure, err
	}
	in.conclude(f, a, err, known)
	outcome.Health = f.visit.Health
	return f, outcome
}

// conclude is what follows from a visit: when the next is, and how the source is
// doing. One in an outage of ours says nothing of the source, which stays as it was.
func (in *Ingest) conclude(f *filing, a answer, err error, known *memory) {
	src, now := &f.source.Source, f.seen
	if a.failure == news.FailOffline {
		f.visit = known.visit
		f.poll = f.plan.after(src, known.poll, &f.visit, a, now)
		return
	}
	if f.whole {
		// Whatever came of it: it is not tried again at once.
		f.visit.Whole = now
	}
	if err == nil {
		f.thrive(known)
	} else {
		f.fail(err, known)
	}
	f.poll = f.plan.after(src, known.poll, &f.visit, a, now)
	in.fallBack(f, a.failure)
	f.assess(now)
}

// assess sets the source's state, and the turn where there is one to tell of.
func (f *filing) assess(now time.Time) {
	src, v := &f.source.Source, &f.visit
	r := health.Assess(src, f.poll, v, f.plan.Bounds(src), now)
	before := v.Health
	v.Health, v.HealthSince = r.State, r.Since
	fine := r.State == news.HealthOK && (before == "" || before == news.HealthNew)
	if r.State != before && !fine {
		f.turn = &news.Turn{Source: src.ID, From: before, To: r.State, At: now, Why: r.Why}
	}
}

// wholeEvery is how often a source that answers "not modified" for ever is asked for
// the whole.
const wholeEvery = 30 * 24 * time.Hour

// wholeDue reports whether to ask a source without its validators: some servers go
// on answering 304 to them whatever happens, as to a Last-Modified in the future
// (FreshRSS#1020).
func wholeDue(v *news.Visit, now time.Time) bool {
	last := v.Good
	if v.Whole.After(last) {
		last = v.Whole
	}
	healthy := v.Failure.Kind == "" || v.Failure.Kind == news.FailEmpty
	return healthy && v.ETag+v.LastModified != "" && now.Sub(last) >= wholeEvery
}

// asked is what a request may say of the last visit.
func (f *filing) asked() news.Visit {
	v := f.visit
	if f.whole {
		v.ETag, v.LastModified = "", ""
	}
	return v
}

// take records what an answer changes and reads its body where that is new.
func (in *Ingest) take(ctx context.Context, f *filing, res *fetch.Response, known *memory) (OutcomeKind, error) {
	defer res.Release()
	if err := in.follow(f, res, known); err != nil {
		return Failed, err
	}
	kind := Fetched
	switch {
	case res.NotModified:
		kind = NotModified
	case res.Unchanged:
		kind = Unchanged
	default:
		if err := in.read(ctx, f, res, known); err != nil {
			// A body that cannot be read changes nothing of what is known.
			*f = filing{source: f.source, plan: f.plan, seen: f.seen, visit: known.visit, reread: known.strange, whole: f.whole}
			return Failed, err
		}
		f.visit.BodyHash = res.BodyHash
	}
	// Validators follow every answer, also one whose body was the old one.
	src := &f.source.Source
	f.visit.ETag, f.visit.LastModified, f.visit.Final = res.ETag, res.LastModified, ""
	if res.FinalURL != src.URL {
		f.visit.Final = src.Stamp(res.FinalURL)
	}
	if f.capped {
		// The rest comes next time: nothing is kept that could answer "not modified".
		f.visit.ETag, f.visit.LastModified, f.visit.BodyHash = "", "", [32]byte{}
	}
	return kind, nil
}

// read parses a body and prepares its entries for filing.
func (in *Ingest) read(ctx context.Context, f *filing, res *fetch.Response, known *memory) (err error) {
	// Whatever a source sends, it is that source's failure alone.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read what %s sent: panic: %v", f.source.ID, p)
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
	if err := in.bring(f, doc); err != nil {
		return err
	}
	f.pushedFrom(&doc.Head, res)
	if f.whole || known.visit.ETag+known.visit.LastModified == "" {
		f.visit.Whole = f.seen
	}
	if f.whole {
		in.checkValidators(f, known)
	}
	return nil
}

// bring prepares a document for filing: what it says of itself, its entries, and
// what the next visit need not read again.
func (in *Ingest) bring(f *filing, doc *parse.Result) error {
	v, now := &f.visit, f.seen
	first, claimed := v.First.IsZero(), claims(doc)
	found, err := in.prepare(f, doc, first)
	if err != nil {
		return err
	}
	f.keep(doc.Readings, found.left)
	f.capped = doc.Capped || found.more
	v.Title, v.Repairs, v.Home = doc.Head.Title, repairs(v.Repairs, doc), doc.Head.Link
	v.Pace, v.Cut = paceOf(&doc.Head), doc.Cut
	if first && !f.capped {
		v.First = now
	}
	v.Good = now
	f.empty = len(claimed) == 0
	f.date(claimed)
	found.known += len(claimed) - len(doc.Entries) // those that need not be read
	in.churn(f, len(claimed), found, first)
	return nil
}

// date sets the source's rhythm and its newest date. A new entry that claims no
// date, or one still to come, is of now: what its date should be nobody knows, and a
// source that brings it is not frozen.
func (f *filing) date(claimed []time.Time) {
	v, now := &f.visit, f.seen
	mean, newest := health.Rhythm(claimed, now)
	for _, a := range f.arrivals {
		if a.item == nil {
			continue
		}
		if claim := a.item.Claimed(); claim.IsZero() || claim.After(now) {
			newest = now
		}
	}
	if !newest.IsZero() {
		v.Rhythm, v.Newest = mean, newest
	}
}

// churnLength is how many entries a document must hold for it to be strange that none
// of them is known.
const churnLength = 20

// churn counts the visits in a row on which a document held nothing that was known,
// and says so when that goes on or when there is more than one visit may bring.
func (in *Ingest) churn(f *filing, entries int, found finding, first bool) {
	v, src := &f.visit, f.source.ID
	if first || entries < churnLength || found.known > 0 {
		v.Churn = 0
	} else if v.Churn++; v.Churn == health.Churns {
		in.log.Warn("source churns: none of its entries was known on several visits in a row", "source", src, "visits", v.Churn, "entries", entries)
	}
	if found.more {
		in.log.Warn("source floods: the rest of its new items comes with its next visits", "source", src, "entries", entries, "new", maxNew)
	}
}

// pushedFrom notes where the feed says that it is pushed from: its HTTP header, else
// the document (WebSub section 4: the first mechanism that finds a hub counts). The
// address of a Private source is not handed to anybody, nor stored.
func (f *filing) pushedFrom(head *parse.Head, res *fetch.Response) {
	v := &f.visit
	v.Hub, v.Topic = res.Hub, res.Topic
	if v.Hub == "" {
		v.Hub, v.Topic = head.Hub, head.Self
	}
	if f.source.Private {
		v.Hub, v.Topic = "", ""
	}
}

// belied is what is said, among a visit's repairs, of a server whose 304s are not
// true.
const belied = "its server answers 304 (not modified) although the feed has changed"

// checkValidators says so where a source has gone on answering "not modified"
// although it was: what it brings now was there when it was last asked.
func (in *Ingest) checkValidators(f *filing, known *memory) {
	for _, a := range f.arrivals {
		if a.item == nil {
			continue
		}
		if claim := a.item.Claimed(); claim.After(known.visit.Good) && claim.Before(known.poll.Last) {
			in.log.Warn("source answers \"not modified\" though it is: what is new comes once a month", "source", f.source.ID)
			f.visit.Repairs = append(slices.Clone(f.visit.Repairs), belied)
			return
		}
	}
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

// thrive clears the visit's failure; but a feed without entries has nothing to show,
// as long as it is the same.
func (f *filing) thrive(known *memory) {
	v := &f.visit
	v.RetryAfter, v.Gone = time.Time{}, false
	switch {
	case f.empty:
		v.Failure = news.Failure{Kind: news.FailEmpty, Error: "a feed without entries", Since: since(v, f.seen)}
	case !f.reread && hollow(known):
	default:
		v.Failure = news.Failure{}
	}
}

// hollow reports whether a source was last read as a feed without entries: its other
// failures are counted.
func hollow(known *memory) bool {
	return known.visit.Failure.Kind == news.FailEmpty && known.poll.Failures == 0
}

// since is when visits began to fail.
func since(v *news.Visit, now time.Time) time.Time {
	if v.Failure.Since.IsZero() {
		return now
	}
	return v.Failure.Since
}

// fail sets the visit's failure.
func (f *filing) fail(err error, known *memory) {
	v, now := &f.visit, f.seen
	if hollow(known) {
		// That it was empty is forgotten by this: it is to be read again.
		v.ETag, v.LastModified, v.BodyHash = "", "", [32]byte{}
	}
	v.RetryAfter = time.Time{}
	v.Failure = news.Failure{Kind: kindOf(err), Error: err.Error(), Since: since(v, now)}
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
