package websub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ask asks r's hub to push, or to stop. That it does is stored first: the hub may
// verify it before it has answered.
func (s *Subscriber) ask(ctx context.Context, p *Plan, r record, mode step) error {
	r, err := s.begin(p, r, mode)
	if err != nil {
		return err
	}
	log := s.log.With("source", r.Source, "hub", r.hub(), "mode", string(mode))
	status, err := s.post(p.Client, ctx, r.hub(), p.form(&r, mode))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil
	case err != nil:
		log.Warn("hub not reached", "err", err)
		return nil
	case status/100 == 2:
		log.Info("hub asked", "topic", r.Topic)
		return nil
	}
	log.Warn("hub does not agree", "status", status)
	if !final(status) || r.hub() != r.Hub {
		return nil // it may yet
	}
	err = s.change(r.Token, func(c *record) bool { return c.rebuff(&r, mode, status) })
	if errors.Is(err, errNone) {
		return nil
	}
	return err
}

// final reports whether a status says that asking again will not help.
func final(status int) bool {
	return status/100 == 4 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}

// begin stores that r's hub is asked, and returns the record by which it is.
func (s *Subscriber) begin(p *Plan, r record, mode step) (record, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	old := r.Token
	if c, found, _ := s.find(old); found {
		r = c // verified since the survey, perhaps
	}
	if mode == subscribe && !r.current() {
		r.Subscription, r.here = p.fresh(r.Source, r.wish), true
	}
	r.Asked = time.Now().UTC().Truncate(time.Second)
	r.Failures++ // until it is verified
	r.Refused = ""
	return r, s.keep(r, old)
}

// form is the body of the request (section 5.1).
func (p *Plan) form(r *record, mode step) url.Values {
	form := url.Values{
		"hub.mode":     {string(mode)},
		"hub.topic":    {r.Topic},
		"hub.callback": {p.Base + r.Token},
	}
	if mode == subscribe {
		form.Set("hub.secret", r.Key.Reveal())
		form.Set("hub.lease_seconds", strconv.Itoa(int(askedLease/time.Second)))
	}
	return form
}

// rebuff notes that the hub refused the request that was made by asked, unless
// the record has moved on, and reports whether that is news.
func (r *record) rebuff(asked *record, mode step, status int) bool {
	if r.Failures == 0 || !r.Asked.Equal(asked.Asked) {
		return false // verified all the same
	}
	if mode == unsubscribe {
		return r.end() // it knows of no subscription
	}
	r.Refused = fmt.Sprintf("status %d", status)
	return true
}
