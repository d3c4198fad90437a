package record

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/underway"
	"heapprof/cmd/web"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/serve"
	"heapprof/internal/tracker"
)

// recordingFlags are those that say how a process is recorded.
var recordingFlags = []string{"output", "duration", "sample", "no-command-line", "push", "push-every", "label"}

// addRecording adds them to the command.
func (o *serveOptions) addRecording(c *cobra.Command) {
	flags, r := c.Flags(), &o.attach.run
	flags.StringVarP(&r.Output, "output", "o", "", "of a process: write the profile to `FILE` when the recording ends")
	flags.StringVar(&o.attach.duration, "duration", "", "of a process: record it for this `TIME`, such as 10m; what came of it is served on")
	console.CompleteFlag(c, "duration", []string{"10s", "60s", "10m"})
	r.addSample(c)
	flags.BoolVar(&r.noLine, "no-command-line", false, "of a process: keep its program's arguments out of the profile")
	o.push.addTo(c)
	r.depth, r.maxNodes = defaultDepth, tracker.DefaultNodes
}

// recordingFlag returns the name of a flag that was given and says how a process is recorded; "" for none.
func (o *serveOptions) recordingFlag() string {
	i := slices.IndexFunc(recordingFlags, func(name string) bool { return o.flags != nil && o.flags.Changed(name) })
	if i < 0 {
		return ""
	}
	return recordingFlags[i]
}

// isProcess reports whether a process is to be served: a number is one, and so is the name of a program that runs where
// no file is called so.
func (o *serveOptions) isProcess() bool {
	if _, err := strconv.Atoi(o.what); err == nil {
		return true
	}
	if _, err := os.Stat(o.what); err == nil || o.what == console.StdinName {
		return false
	}
	return len(tracker.ProcessesOf(o.what)) > 0
}

// completeServed completes a process, or a profile.
func completeServed(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if all, directive := completeProcesses(c, args, begun); begun != "" && len(all) > 0 {
		return all, directive
	}
	return console.CompleteProfiles(1)(c, args, begun)
}

// serveProcess records a process and serves what that tells, and in the end what it has come to, until somebody ends it.
func (o *serveOptions) serveProcess(ctx context.Context) error {
	a := &o.attach
	asked, err := a.asked()
	if err != nil {
		return console.UsageError("serve", err)
	}
	if a.pid, a.name, err = findProcess(o.what); err != nil {
		return console.Failure(err)
	}
	asked.PID, a.run.Args, a.run.Named = a.pid, []string{a.name}, a.run.Output != ""
	if a.run.Named {
		if err := CheckOutput(&a.run); err != nil {
			return console.Failure(err)
		}
	}
	if err := o.push.ask(o.streams, o.page.Rules, &asked.Live); err != nil {
		return console.UsageError("serve", err)
	}
	at, err := o.address.Bind(o.streams)
	if err != nil {
		return console.Failure(err)
	}
	defer at.Listener.Close()
	// The recording ends by the same signals, by itself.
	console.IgnoreSuspend()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	p := &processServer{o: o, at: at, source: &web.LiveSource{PID: a.pid}}
	underway.AddLive(&asked.Live, func(live *tracker.Live) {
		defer context.AfterFunc(ctx, live.Stop)()
		p.begin(live)
	})
	result, err := a.record(asked)
	if p.server != nil {
		defer p.server.Close()
	}
	if err != nil {
		return console.Failure(err)
	}
	return p.end(ctx, result)
}

// processServer serves a process while it is recorded, and afterwards.
type processServer struct {
	o      *serveOptions
	at     *web.Bound
	source *web.LiveSource
	server *web.Served
	cannot error // the address could not be printed
}

// begin serves a recording, and returns when that has ended.
func (p *processServer) begin(live *tracker.Live) {
	p.source.Live = live
	p.serve()
	<-live.Ended()
}

func (p *processServer) serve() {
	o := p.o
	forms := &web.ServeForms{Streams: o.streams, Page: o.page, Sites: o.sites, From: p.source}
	forms.Name = func(q *profile.Profile) string {
		name := o.attach.run.Output
		if name == "" {
			name = defaultOutput
		}
		return ExpandName(name, o.attach.run.Naming(o.attach.run.ProgramOf(tracker.Image{Profile: q, PID: int(q.PID)}), int(q.PID)))
	}
	p.server = p.at.Serve(forms.Options(p.source))
	p.at.Warn(o.streams)
	p.cannot = o.streams.Line(p.at.URL)
}

// end says what the recording has come to, writes it where that is wanted, and serves it on.
func (p *processServer) end(ctx context.Context, result *tracker.Result) error {
	o, s := p.o, p.o.streams
	state := serve.Detached
	if a := result.Profile.Recording.Attached; a != nil && (a.End == profile.AttachExited || a.End == profile.AttachExec) {
		state = serve.Ended
	}
	result.Profile.FindLost()
	p.source.End(result.Profile, state)
	s.Say("%s", wording.DetachedWords(result.Profile))
	if pauses := wording.PausesWords(result.Profile); pauses != "" {
		s.Say("%s", pauses)
	}
	if !result.Stays.IsZero() {
		s.Complain(errStays(o.attach.pid, result.Stays))
	}
	var lost error
	if r := &o.attach.run; r.Named {
		saved, err := r.Save(r.MainPlace(r.ProgramOf(result.Image), result.Image, nil), result.Profile)
		switch {
		case err != nil:
			s.Complain(ErrSaved(err, saved))
			if saved == "" {
				lost = &console.ExitError{Status: console.ExitFailure}
			}
		default:
			s.Say("the profile is %s; to look at it: heapprof report %s", saved, wording.ShellQuote(saved))
		}
	}
	o.push.end(result.Profile, false)
	switch {
	case lost != nil:
		return lost
	case p.cannot != nil:
		return console.Failure(p.cannot)
	case ctx.Err() != nil:
		return nil
	case p.server == nil: // it had ended before anybody could look
		p.serve()
		defer p.server.Close()
	}
	s.Say("what it came to is served until Ctrl-C: %s", names.Printable(filepath.Base(o.attach.name)))
	return p.server.Wait(ctx)
}
