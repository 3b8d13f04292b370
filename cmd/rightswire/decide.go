package main

import (
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rightswire/internal/control"
	"rightswire/internal/news"
	"rightswire/internal/newsroom"
)

// maxText bounds a text read from standard input, in bytes.
const maxText = 1 << 20

func (a *app) decideCommands() []*cobra.Command {
	return []*cobra.Command{
		a.approveCommand(), a.rejectCommand(), a.holdCommand(), a.pinCommand(),
		a.textCommand(news.AddNote, "note ITEM TEXT…", "Add an editor's note, shown beside the article"),
		a.textCommand(news.Correct, "correct ITEM TEXT…", "Add a dated correction, shown above the article; subscribers see the item change"),
		a.retagCommand(), a.withdrawCommand(), a.undoCommand(),
	}
}

// ruling makes a command that decides on one item; check, which may be nil,
// completes the ruling from flags and arguments.
func (a *app) ruling(use, short string, r *newsroom.Ruling, check func([]string) error) *cobra.Command {
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Long:  short + ".\n\n" + itemHelp,
		Args:  args(1, 1, "one item: an id, its first six characters or more, or a URL"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			r.Item = arguments[0]
			if check != nil {
				if err := check(arguments); err != nil {
					return err
				}
			}
			return askFor(cmd.Context(), a, control.OpDecide, r, a.printRuled)
		},
	}
	cmd.Flags().StringVar(&a.as, "as", "", "who decides; by default the user")
	cmd.Flags().StringVar(&r.Why, "why", "", "the reason, kept with the decision")
	return a.withJSON(cmd)
}

func (a *app) printRuled(r newsroom.Ruled) error {
	where := ""
	if len(r.Channels) > 0 {
		where = "; channels: " + strings.Join(r.Channels, " ")
	}
	if r.Undone != "" {
		where += "; undone: " + string(r.Undone)
	}
	a.printf("%s  %s  %s%s\n", r.Item, r.Standing, short(r.Title, 80), where)
	return nil
}

func (a *app) approveCommand() *cobra.Command {
	r := &newsroom.Ruling{Action: news.Approve}
	cmd := a.ruling("approve ITEM", "Approve a revision: it is shown everywhere the item belongs until another is approved", r, nil)
	cmd.Flags().IntVar(&r.Revision, "revision", 0, "the revision; by default the latest")
	return cmd
}

func (a *app) rejectCommand() *cobra.Command {
	r := &newsroom.Ruling{Action: news.Reject}
	cmd := a.ruling("reject ITEM", "Keep an item out, everywhere or of one channel", r, nil)
	cmd.Flags().StringVar(&r.Channel, "channel", "", "keep it out of this channel alone")
	return cmd
}

func (a *app) holdCommand() *cobra.Command {
	r := &newsroom.Ruling{Action: news.Hold}
	var until string
	cmd := a.ruling("hold ITEM", "Keep an item back, until a time or until decided otherwise", r, func([]string) (err error) {
		r.Until, err = a.moment(until)
		return err
	})
	cmd.Flags().StringVar(&until, "until", "", "release it by itself then: RFC 3339, or YYYY-MM-DD HH:MM in site.timezone")
	return cmd
}

func (a *app) pinCommand() *cobra.Command {
	r := &newsroom.Ruling{Action: news.Pin}
	var off bool
	cmd := a.ruling("pin ITEM", "Keep an item in its feeds, and first on pages", r, func([]string) error {
		if off {
			r.Action = news.Unpin
		}
		return nil
	})
	cmd.Flags().BoolVar(&off, "off", false, "take the pin off")
	return cmd
}

func (a *app) textCommand(action news.Action, use, short string) *cobra.Command {
	r := &newsroom.Ruling{Action: action}
	cmd := a.ruling(use, short, r, func(arguments []string) (err error) {
		r.Text = strings.Join(arguments[1:], " ")
		if len(arguments) == 1 {
			r.Text, err = a.pasted()
		}
		return err
	})
	cmd.Long = short + ".\nWithout TEXT it is read from standard input.\n\n" + itemHelp
	cmd.Args = args(1, -1, "an item and a text")
	return cmd
}

func (a *app) retagCommand() *cobra.Command {
	r := &newsroom.Ruling{Action: news.Retag}
	cmd := a.ruling("retag ITEM", "Add and drop topics and countries by hand; that outranks every rule", r, nil)
	cmd.Flags().StringSliceVar(&r.Add, "add", nil, "topic ids and country codes to add")
	cmd.Flags().StringSliceVar(&r.Drop, "drop", nil, "topic ids and country codes to drop")
	return cmd
}

func (a *app) withdrawCommand() *cobra.Command {
	return a.ruling("withdraw ITEM", "Take a published item back, everywhere, until it is approved again", &newsroom.Ruling{Action: news.Withdraw}, nil)
}

func (a *app) undoCommand() *cobra.Command {
	return a.ruling("undo ITEM", "Cancel the last decision on an item that still stands", &newsroom.Ruling{Action: news.Undo}, nil)
}

func (a *app) addItemCommand() *cobra.Command {
	var n newsroom.Addition
	var published string
	cmd := &cobra.Command{
		Use:   "add-item [URL]",
		Short: "Make a URL or a pasted text an item of the desk's own source",
		Long: `Make an item of the built-in desk source, for bodies that have no feed: of a URL
and its --title, of a text on standard input, or of both. In a loop or a script
that has nothing to say there, give it </dev/null.`,
		Args: args(0, 1, "at most one URL"),
		RunE: func(cmd *cobra.Command, arguments []string) (err error) {
			if len(arguments) == 1 {
				n.URL = arguments[0]
			}
			if n.Published, err = a.moment(published); err != nil {
				return err
			}
			if n.Text, err = a.pasted(); err != nil {
				return err
			}
			return askFor(cmd.Context(), a, control.OpAdd, n, a.printRuled)
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.as, "as", "", "who adds it; by default the user")
	f.StringVar(&n.Why, "why", "", "the reason, kept with the decision")
	f.StringVar(&n.Title, "title", "", "the title; by default the first line of the text")
	f.StringVar(&n.Language, "language", "", "the language (BCP 47)")
	f.StringVar(&published, "published", "", "when it was published: RFC 3339, or YYYY-MM-DD HH:MM in site.timezone")
	f.StringSliceVar(&n.Authors, "author", nil, "who wrote it")
	f.StringSliceVar(&n.Tags, "tag", nil, "topic ids and country codes")
	return a.withJSON(cmd)
}

// pasted reads a text from standard input, where one is piped in.
func (a *app) pasted() (string, error) {
	if isTerminalReader(a.stdin) {
		return "", nil
	}
	b, err := io.ReadAll(io.LimitReader(a.stdin, maxText+1))
	if err != nil {
		return "", err
	}
	if len(b) > maxText {
		return "", usage("shorten it", "text on standard input is longer than %d KB", maxText>>10)
	}
	return string(b), nil
}

// moment reads a time: RFC 3339, or a date with or without a time of day in the
// site's time zone. Empty is the zero time.
func (a *app) moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	cfg, err := a.load()
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, cfg.Site.Location); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("write 2026-05-01T09:00:00Z, or 2026-05-01 09:00 in site.timezone", "no time %q", s)
}
