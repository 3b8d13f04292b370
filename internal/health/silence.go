package health

import (
	"fmt"
	"time"

	"rightswire/internal/news"
)

const (
	// steps is how many times its mean step a source may be silent: where news comes
	// as it happens, one silence in four hundred is longer.
	steps = 6
	// leastSilence is normal for everybody: holidays, a summer.
	leastSilence = 30 * 24 * time.Hour
	// longestSilence is normal where no rhythm is known: a journal whose one issue is
	// all there is comes once a year.
	longestSilence = 365 * 24 * time.Hour
)

// silent finds a source that is read and brings nothing: overdue where its operator
// says what is normal, else frozen where its rhythm does.
func (a *assessment) silent() (Report, bool) {
	last, state, normal := a.visit.Newest, news.HealthFrozen, explained(a.visit.Rhythm)
	if a.src.ExpectEvery > 0 {
		state, normal = news.HealthOverdue, a.src.ExpectEvery
		if last.IsZero() {
			last = a.visit.Good
		}
	}
	if last.IsZero() || a.poll.Last.Sub(last) <= normal {
		return Report{}, false
	}
	why := fmt.Sprintf("nothing new since %s, %s before the last visit; ", day(last), span(a.poll.Last.Sub(last)))
	switch {
	case state == news.HealthOverdue:
		why += fmt.Sprintf("expect_every is %s", span(normal))
	case a.visit.Rhythm > 0:
		why += fmt.Sprintf("it used to bring one every %s", span(a.visit.Rhythm))
	default:
		why += "a year is the most that is normal"
	}
	return Report{State: state, Since: last.Add(normal), Why: why, Do: a.remedy(state)}, true
}

// explained is the longest silence that a rhythm explains; 0 is an unknown rhythm.
func explained(rhythm time.Duration) time.Duration {
	if rhythm == 0 {
		return longestSilence
	}
	return max(leastSilence, steps*rhythm)
}

// day writes a day.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// span writes a length of time as people say it.
func span(d time.Duration) string {
	const days = 24 * time.Hour
	switch n := d.Round(time.Hour); {
	case d < time.Hour:
		return d.Round(time.Minute).String()
	case d < time.Hour*3/2:
		return "hour"
	case d < 2*days:
		return fmt.Sprintf("%d hours", n/time.Hour)
	}
	return fmt.Sprintf("%d days", d.Round(days)/days)
}
