package record

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/web"
	"heapprof/internal/profile"
	"heapprof/internal/serve"
)

// serveOptions is what heapprof serve was asked for.
type serveOptions struct {
	streams *console.Streams
	what    string // a file, or a process
	address web.ServeAddress
	page    web.HTMLOptions // how the page is made: without inputs and output
	sites   int
	attach  attachOptions // of a process: how it is recorded
	push    pushFlags     // and where that goes, too
	flags   *pflag.FlagSet
}

// NewServe returns the command. It calls run with what the flags ask for; if that is nil, runServe.
func NewServe(s *console.Streams, run func(context.Context, *serveOptions) error) *cobra.Command {
	if run == nil {
		run = runServe
	}
	o := &serveOptions{streams: s, page: web.HTMLOptions{Streams: s}, attach: attachOptions{streams: s, run: RunOptions{Streams: s}}}
	c := &cobra.Command{
		Use:   "serve [flags] PID|FILE",
		Short: "Serve a running program, or a profile, to browsers, pprof and Prometheus",
		Long: `Serve what lives in process PID, or a profile, by HTTP until Ctrl-C: the page of
heapprof html, which follows the process, and below its address

  debug/pprof/heap   as go tool pprof, Parca and Pyroscope read it; allocs shows first
                     what was allocated; ?labels=1 adds the types of blocks, ?seconds=N
                     is what changes in so many seconds
  metrics            in the text format of Prometheus
  heapprof.json.gz   the profile itself

The process is recorded from now on as heapprof attach records one, which says what it
takes, and is left as it was. PID may be the name of a program. When it ends, what it
came to is served on. With -o the profile is written when the recording ends.

The address is printed. It has a token in it, new each time, without which nothing is
answered: whoever has the address can read the profile. A scraper that cannot be given
a path sends "Authorization: Bearer TOKEN", or the token as the password of basic
authentication, and asks for /metrics or /debug/pprof/heap. --token-file has the token
stay the same.

Only this machine is answered, unless --listen names another address than 127.0.0.1,
where nothing is encrypted. Browsers may ask by addresses, as localhost, and under the
name in --listen; --allow-host adds a name. As long as nobody asks, nothing is worked
out.`,
		Example: `  heapprof serve $(pgrep -x server)
  heapprof serve --sample -o server.json.gz 4711             sampled, and written at the end
  heapprof serve prog.json.gz
  heapprof serve --listen 127.0.0.1:0 prog.json.gz           any free port
  heapprof serve --token-file ~/.heapprof-token 4711
  go tool pprof http://127.0.0.1:7070/TOKEN/debug/pprof/heap`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return console.UsageError(c.Name(), errServeWhat)
			case len(args) > 1:
				return console.UsageError(c.Name(), errServeMany(len(args)))
			}
			return nil
		},
		ValidArgsFunction: completeServed,
		RunE: func(c *cobra.Command, args []string) (err error) {
			o.what = args[0]
			if o.sites < 0 {
				return console.UsageError(c.Name(), console.ErrNegative("metrics-sites", o.sites, "none"))
			}
			if o.page.NoSource && len(o.page.Source.Paths) > 0 {
				return console.UsageError(c.Name(), web.ErrNoSourcePath)
			}
			if o.page.Rules, err = opening.ReadRules(o.page.Plumbing, nil); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			if err := o.address.Check("listen"); err != nil {
				return console.UsageError(c.Name(), err)
			}
			return run(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	o.address.AddTo(c)
	flags.IntVar(&o.sites, "metrics-sites", defaultSites, "in metrics, tell of the `N` sites with most live apart, 0 for none")
	flags.BoolVar(&o.page.NoSource, "no-source", false, "put no lines of source files into the page")
	o.page.Source.Add(c)
	opening.AddPlumbing(flags, &o.page.Plumbing)
	o.addRecording(c)
	o.flags = flags
	return c
}

func runServe(ctx context.Context, o *serveOptions) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if o.isProcess() {
		return o.serveProcess(ctx)
	}
	if flag := o.recordingFlag(); flag != "" {
		return console.UsageError("serve", errServeFlag(flag))
	}
	if _, err := os.Stat(o.what); errors.Is(err, fs.ErrNotExist) && o.what != console.StdinName {
		return console.Failure(fmt.Errorf("%s is neither a file nor the name of a process: give a process by its number, as pgrep prints it", o.what))
	}
	p, err := opening.Profile(o.streams, o.what)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	at, err := o.address.Bind(o.streams)
	if err != nil {
		return console.Failure(err)
	}
	forms := &web.ServeForms{Streams: o.streams, Page: o.page, Sites: o.sites, Name: func(*profile.Profile) string { return o.what }, From: fileSource{p}}
	server := at.Serve(forms.Options(nil))
	defer server.Close()
	o.streams.Say("%s is served until Ctrl-C", opening.InputName(o.what))
	at.Warn(o.streams)
	if err := o.streams.Line(at.URL); err != nil {
		return console.Failure(err)
	}
	return server.Wait(ctx)
}

// defaultSites is of how many sites metrics tell.
const defaultSites = 20

// fileSource is a profile that does not change.
type fileSource struct{ p *profile.Profile }

func (f fileSource) Look() (*profile.Profile, error) { return f.p, nil }

func (f fileSource) Profile() (*profile.Profile, error) { return f.p, nil }

func (f fileSource) State() serve.State { return serve.File }

var errServeWhat = errors.New("nothing was named that is to be served: give a process, by its number as pgrep prints it, or a profile's file")

func errServeMany(n int) error {
	return fmt.Errorf("%d things were named, and one can be served: run a heapprof serve for each, with a --listen of its own", n)
}

// errServeFlag is the error for a flag on recording beside a profile.
func errServeFlag(flag string) error {
	return fmt.Errorf("--%s says how a process is recorded, and a profile is: leave it out", flag)
}
