package record

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"heapprof/cmd/console"
	"heapprof/cmd/underway"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/push"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/human"
	"heapprof/internal/tracker"
)

// defaultPushEvery is how often profiles are pushed.
const defaultPushEvery = "1m"

// pushFlags is where a command was asked to push profiles to while it records, and what becomes of them. In the zero value
// none are.
type pushFlags struct {
	to     string // a URL; "": none are pushed
	every  string
	labels []string
	set    *pflag.FlagSet // nil where there are no flags for it

	streams *console.Streams
	options push.Options
	pusher  *push.Pusher
}

// addTo adds the flags to the command.
func (f *pushFlags) addTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.to, "push", "", "send profiles to a server while recording: a `URL` of pyroscope+http or parca+grpc, such as parca+grpc://HOST:7070")
	console.CompleteFlag(c, "push", []string{"pyroscope+http://localhost:4040", "parca+grpc://localhost:7070"})
	flags.StringVar(&f.every, "push-every", defaultPushEvery, "push each `TIME`")
	flags.StringArrayVar(&f.labels, "label", nil, "give what is pushed the label `NAME=VALUE`, or none of that name if VALUE is empty; may be repeated")
	f.set = flags
}

// errNoPush is the error for flags on pushes of which there are none.
var errNoPush = errors.New("--push-every and --label are for what is pushed: say where to, with --push URL")

// ask reads the flags, or returns an error where they are malformed, and has pushing begin with the recording. It takes the
// token out of the environment.
func (f *pushFlags) ask(s *console.Streams, rules frames.Rules, live *func(*tracker.Live)) (err error) {
	token := os.Getenv(wording.PushToken)
	os.Unsetenv(wording.PushToken)
	if f.to == "" {
		if f.set != nil && (f.set.Changed("push-every") || f.set.Changed("label")) {
			return errNoPush
		}
		return nil
	}
	f.streams = s
	f.options = push.Options{Rules: rules, Agent: "heapprof/" + strings.Fields(console.VersionLine())[1]}
	if f.options.Target, err = push.ParseTarget(f.to, token); err != nil {
		return targetWords(err)
	}
	const least = time.Second
	if f.options.Every, err = time.ParseDuration(f.every); err != nil || f.options.Every < least {
		return fmt.Errorf("--push-every %q is no time of 1s or more: write 15s, 1m or 1h30m", f.every)
	}
	labels, wrong, err := push.ParseLabels(f.labels)
	if err != nil {
		return labelWords(wrong, err)
	}
	f.options.Labels = labels
	f.options.Failed = func(why *push.Failure) {
		s.Say("pushing to %s fails: %s; it is tried again, and what is allocated meanwhile goes with the first push that works", f.options.Target, wording.PushWords(why, f.options.Target))
	}
	f.options.Works = func(failed int) {
		s.Say("pushing to %s works again, after %s that failed", f.options.Target, human.Counted(uint64(failed), "try"))
	}
	underway.AddLive(live, func(l *tracker.Live) {
		f.options.Source = livePushed{l}
		f.pusher = push.Start(f.options)
	})
	return nil
}

// add pushes the profile of a process that has ended. It does not wait for that.
func (f *pushFlags) add(p *profile.Profile) {
	if f.pusher != nil {
		f.pusher.Add(p)
	}
}

// end makes the last push, of the profile that the recording came to, and says what became of the pushes.
func (f *pushFlags) end(last *profile.Profile, quiet bool) {
	if f.pusher == nil {
		return
	}
	r := f.pusher.End(last)
	switch {
	case r.Last != nil:
		f.streams.Complain(fmt.Errorf("the last push to %s failed: %s; the server lacks what came after %s",
			f.options.Target, wording.PushWords(r.Last, f.options.Target), r.Since.Format(time.TimeOnly)))
	case !quiet && r.Pushed > 0:
		f.streams.Say("pushed %s to %s", human.Counted(uint64(r.Pushed), "profile"), f.options.Target)
	}
}

// livePushed is a recording under way as package push looks at one.
type livePushed struct{ live *tracker.Live }

func (l livePushed) Look() (all []*profile.Profile, err error) {
	processes, err := l.live.Processes()
	if err != nil {
		return nil, err
	}
	for _, one := range processes {
		p, err := l.live.Of(one.PID).Look()
		switch {
		case errors.Is(err, tracker.ErrNoSuchProcess): // it has ended just now
		case err != nil:
			return nil, err
		default:
			all = append(all, p)
		}
	}
	return all, nil
}

// targetWords words why a URL is no place to push to. The URL itself, which may have a password in it, is not repeated.
func targetWords(err error) error {
	const forms = "pyroscope+http://HOST:4040, pyroscope+https://HOST, parca+grpc://HOST:7070 or parca+grpcs://HOST"
	var why push.TargetError
	errors.As(err, &why)
	switch why {
	case push.NoSystem:
		return fmt.Errorf("--push: http and https do not say what the server is: write %s", forms)
	case push.UnknownScheme:
		return fmt.Errorf("--push: its scheme is not one that heapprof knows: write %s", forms)
	case push.NoHost:
		return fmt.Errorf("--push: it names no host: write %s", forms)
	case push.UnknownOption:
		return errors.New("--push: after the ? only tenant=ID may stand, once: it is sent as X-Scope-OrgID")
	case push.TokenAndSecret:
		return fmt.Errorf("--push: the URL has a password and %s is set: leave one of them out", wording.PushToken)
	case push.BadSecret:
		return fmt.Errorf("--push: the tenant or %s has a line break or another control character in it", wording.PushToken)
	}
	return fmt.Errorf("--push: it is no URL: write %s", forms)
}

// labelWords words why a text is no label.
func labelWords(text string, err error) error {
	var why push.LabelError
	errors.As(err, &why)
	if r := []rune(text); len(r) > 60 {
		text = string(r[:60]) + "…"
	}
	words := map[push.LabelError]string{
		push.NoEquals:   "has no =: write NAME=VALUE",
		push.BadName:    "has a name that servers refuse: it is of letters, digits and _, and does not begin with a digit",
		push.Reserved:   "has a name of the servers' own, which begin with __",
		push.BadValue:   "has a value that is not UTF-8",
		push.LongValue:  "has a value of more than 2048 bytes, which servers refuse",
		push.TwiceNamed: "has a name that is there already",
		push.TooMany:    fmt.Sprintf("is one too many: servers take %d", push.MaxLabels),
	}[why]
	return fmt.Errorf("--label %q %s", text, words)
}
