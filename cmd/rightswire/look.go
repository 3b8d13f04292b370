package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rightswire/internal/control"
	"rightswire/internal/news"
	"rightswire/internal/newsroom"
)

func (a *app) sourcesCommand() *cobra.Command {
	var failing bool
	cmd := &cobra.Command{
		Use:   "sources",
		Short: "Show how each source is doing, since when, and what to do",
		Long: `Show how each source is doing, since when, and what to do about it:

  ok           read, and as lively as ever
  new, off     not asked yet; not polled
  empty        answers with nothing in it
  not-a-feed   answers with something else: a web page, a challenge, a login
  frozen       readable, but silent for longer than its rhythm explains
  overdue      silent for longer than its expect_every
  blocked      refuses us: 401, 403, 444, 451, or a challenge
  gone         404, or 410, after which it is not asked any more
  moved        for good, to where feeds.yaml should follow it
  unreachable  DNS, TLS, timeouts, server errors
  truncated    what arrives ends before its end
  malformed    cannot be read
  failing      the fault is here: the store, or an address that may not be asked

--failing shows the sources that want somebody's attention and prints nothing where
there are none, for a daily mail from cron.`,
		Args: args(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return askFor(cmd.Context(), a, control.OpSources, control.Empty{}, func(list newsroom.SourceList) error {
				if failing {
					list.Sources = slices.DeleteFunc(list.Sources, func(s newsroom.SourceView) bool { return !s.Troubled() })
				}
				return a.printSources(list)
			})
		},
	}
	cmd.Flags().BoolVar(&failing, "failing", false, "only those that want attention")
	return a.withJSON(cmd)
}

func (a *app) printSources(list newsroom.SourceList) error {
	if list.Config != "" {
		a.printf("feeds.yaml as it is now is invalid; the settings before it are in force:\n%s\n\n", plain(list.Config))
	}
	if len(list.Sources) == 0 {
		return nil
	}
	rows := [][]string{{"SOURCE", "STATE", "SINCE", "ITEMS", "NEWEST", "LAST VISIT", "NEXT", "WHY, AND WHAT TO DO"}}
	for i := range list.Sources {
		s := &list.Sources[i]
		rows = append(rows, []string{
			string(s.ID), string(s.State), day(s.Since), strconv.Itoa(s.Items), day(s.Newest), day(s.Last), day(s.Next), plain(trouble(s)),
		})
	}
	return a.table(rows)
}

// trouble is what there is to say of a source besides its state.
func trouble(s *newsroom.SourceView) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if s.Why != "" {
		add("%s", s.Why)
	}
	if s.Failures > 1 {
		add("%d in a row", s.Failures)
	}
	if s.Do != "" {
		add("%s", s.Do)
	}
	if !s.HeldUntil.IsZero() {
		add("the publisher asks to wait until %s", day(s.HeldUntil))
	}
	if len(s.Repairs) > 0 {
		add("mended: %s", strings.Join(s.Repairs, ", "))
	}
	if s.HubRefused != "" {
		add("its hub does not push: %s", s.HubRefused)
	}
	return strings.Join(parts, "; ")
}

func (a *app) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how the newsroom as a whole is doing",
		Args:  args(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return askFor(cmd.Context(), a, control.OpStatus, control.Empty{}, a.printStatus)
		},
	}
	return a.withJSON(cmd)
}

func (a *app) printStatus(s newsroom.StatusView) error {
	if s.ConfigError != "" {
		a.printf("feeds.yaml as it is now is invalid; the settings before it are in force:\n%s\n\n", plain(s.ConfigError))
	}
	daemon := "not running"
	if s.Daemon {
		daemon = "running since " + day(s.Started)
	}
	growth := "growth not known yet"
	if s.PerMonth > 0 {
		growth = "growing by " + size(s.PerMonth) + " a month"
	}
	return a.table([][]string{
		{"version", s.Version},
		{"daemon", daemon},
		{"config", s.Config},
		{"data", s.Data},
		{"sources", fmt.Sprintf("%d: %s", s.Sources, states(s.States))},
		{"channels", strconv.Itoa(s.Channels)},
		{"items", strconv.FormatUint(s.Items, 10)},
		{"waiting", waiting(s)},
		{"store", fmt.Sprintf("%s, %s free, %s", size(s.Bytes), size(s.Free), growth)},
	})
}

func waiting(s newsroom.StatusView) string {
	if s.WaitingMore {
		return fmt.Sprintf("more than %d for review", s.Waiting)
	}
	return fmt.Sprintf("%d for review", s.Waiting)
}

func (a *app) showCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show ITEM",
		Short: "Show everything known of an item",
		Long:  "Show everything known of an item.\n\n" + itemHelp,
		Args:  args(1, 1, "one item: an id, its first six characters or more, or a URL"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return askFor(cmd.Context(), a, control.OpShow, control.Named{Name: arguments[0]}, a.printDossier)
		},
	}
	return a.withJSON(cmd)
}

const itemHelp = "ITEM is an id, a unique prefix of six characters or more, or the article's URL."

func (a *app) printDossier(d newsroom.Dossier) error {
	a.printf("%s\n", plain(d.Title))
	rows := [][]string{
		{"id", string(d.ID)},
		{"source", string(d.Source)},
		{"url", dash(plain(d.URL))},
		{"authors", dash(authors(d.Authors))},
		{"rights", dash(plain(d.Rights))},
		{"standing", standing(d.ItemView)},
		{"claimed", day(d.ClaimedDate)},
		{"first seen", day(d.FirstSeen)},
		{"language", dash(d.Language)},
		{"channels", dash(join(d.Channels))},
		{"revision", fmt.Sprintf("%d of %d", d.Revision, max(d.Revision, d.Pending, len(d.Revisions)))},
	}
	if d.Waits != "" {
		rows = append(rows, []string{"waits", d.Waits})
	}
	for _, flag := range d.Flags {
		rows = append(rows, []string{"flag", plain(flag)})
	}
	for _, t := range d.Topics {
		rows = append(rows, []string{"topic", fmt.Sprintf("%s (%.2f, %s)", t.ID, t.Score, plain(t.Why))})
	}
	for _, c := range d.Countries {
		rows = append(rows, []string{"country", fmt.Sprintf("%s (%.2f, %s)", c.Code, c.Score, plain(c.Why))})
	}
	for _, e := range d.Enclosures {
		rows = append(rows, []string{"enclosure", plain(e.URL)})
	}
	for _, r := range d.Revisions {
		rows = append(rows, []string{"seen", fmt.Sprintf("%s  revision %d: %s", day(r.Seen), r.Number, revised(r))})
	}
	for _, dec := range d.Decisions {
		rows = append(rows, []string{"decided", decision(dec)})
	}
	if err := a.table(rows); err != nil {
		return err
	}
	if d.Text != "" {
		a.printf("\n%s\n", plain(d.Text))
	}
	return nil
}

// states counts sources by their state, the best first.
func states(counts map[news.Health]int) string {
	var parts []string
	for _, h := range news.Healths() {
		if n := counts[h]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, h))
		}
	}
	return strings.Join(parts, ", ")
}

func authors(list []newsroom.AuthorView) string {
	names := make([]string, len(list))
	for i, author := range list {
		names[i] = plain(cmp.Or(author.Name, author.Email, author.URL))
	}
	return strings.Join(names, ", ")
}

func standing(it newsroom.ItemView) string {
	if it.Pinned {
		return it.Standing + ", pinned"
	}
	return it.Standing
}

func join[T ~string](values []T) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = string(v)
	}
	return strings.Join(parts, " ")
}

func revised(r newsroom.RevisionView) string {
	if len(r.Changed) == 0 {
		return plain(r.Title)
	}
	return strings.Join(r.Changed, ", ") + " changed: " + plain(r.Title)
}

func decision(d newsroom.DecisionView) string {
	s := fmt.Sprintf("%s  %s by %s on revision %d", day(d.At), d.Action, plain(d.By), d.Revision)
	if d.Channel != "" {
		s += " from channel " + string(d.Channel)
	}
	if !d.Until.IsZero() {
		s += " until " + d.Until.Format(time.RFC3339)
	}
	if d.Undoes != 0 {
		s += fmt.Sprintf(" (decision %d)", d.Undoes)
	}
	for _, tag := range d.Add {
		s += " +" + tag
	}
	for _, tag := range d.Drop {
		s += " -" + tag
	}
	if d.Text != "" {
		s += ": " + plain(d.Text)
	}
	if d.Why != "" {
		s += " — " + plain(d.Why)
	}
	return s
}

// itemsCommand lists items; reviewCommand those that wait for a curator.
func (a *app) itemsCommand() *cobra.Command {
	return a.listCommand("items", "List items, latest first", false)
}

func (a *app) reviewCommand() *cobra.Command {
	return a.listCommand("review", "List what waits for a curator, and why", true)
}

func (a *app) listCommand(name, short string, review bool) *cobra.Command {
	q := newsroom.Query{Review: review}
	var since string
	var limit int
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  args(0, 0, "no arguments, but filters"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return usage("0 lists all", "--limit %d is negative", limit)
			}
			var err error
			if q.Since, err = a.moment(since); err != nil {
				return err
			}
			l := listing{app: a, query: q, limit: limit}
			return a.ask(cmd.Context(), l.print)
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Source, "source", "", "of this source")
	f.StringVar(&q.Channel, "channel", "", "that this channel shows")
	f.StringVar(&q.Country, "country", "", "about this country (code)")
	f.StringVar(&q.Topic, "topic", "", "on this topic (id)")
	f.StringVar(&q.Language, "language", "", "in this language (tag)")
	f.StringVar(&since, "since", "", "entered since this time: RFC 3339, or YYYY-MM-DD HH:MM in site.timezone")
	f.StringVar(&q.Standing, "standing", "", "one of: "+strings.Join(newsroom.Standings(), " "))
	f.IntVar(&limit, "limit", 50, "how many at most; 0: all")
	return a.withJSON(cmd)
}

// A listing prints items page by page. Where the newsroom closes between two
// pages it goes on with the next.
type listing struct {
	app     *app
	query   newsroom.Query
	limit   int // 0: all
	printed int
	rows    [][]string
}

func (l *listing) print(ctx context.Context, c *control.Client) error {
	l.query.Texts = l.app.json
	for l.limit == 0 || l.printed < l.limit {
		if l.limit > 0 {
			l.query.Limit = l.limit - l.printed
		}
		page, err := call[newsroom.Page](ctx, c, control.OpItems, l.query)
		if err != nil {
			return err
		}
		if err := l.add(page.Items); err != nil {
			return err
		}
		if page.Next == nil {
			break
		}
		l.query.After = *page.Next
	}
	return l.table()
}

func (l *listing) add(items []newsroom.ItemView) error {
	l.printed += len(items)
	for _, it := range items {
		if l.app.json {
			if err := l.app.printJSON(it); err != nil {
				return err
			}
			continue
		}
		l.rows = append(l.rows, l.row(it))
	}
	return nil
}

// table prints what was found, under a header; nothing found prints nothing.
func (l *listing) table() error {
	if len(l.rows) == 0 || l.app.quiet {
		return nil
	}
	header := []string{"ITEM", "DATE", "SOURCE", "STANDING", "TITLE"}
	if l.query.Review {
		header = slices.Insert(header, 4, "WHY IT WAITS")
	}
	return l.app.table(slices.Insert(l.rows, 0, header))
}

func (l *listing) row(it newsroom.ItemView) []string {
	date := it.ClaimedDate
	if date.IsZero() {
		date = it.FirstSeen
	}
	row := []string{string(it.ID), day(date), string(it.Source), standing(it), short(it.Title, 80)}
	if l.query.Review {
		row = slices.Insert(row, 4, plain(it.Waits))
	}
	return row
}
