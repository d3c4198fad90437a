package cmd

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

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
	flags.StringVarP(&r.output, "output", "o", "", "of a process: write the profile to `FILE` when the recording ends")
	flags.StringVar(&o.attach.duration, "duration", "", "of a process: record it for this `TIME`, such as 10m; what came of it is served on")
	completeFlag(c, "duration", []string{"10s", "60s", "10m"})
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
	if _, err := os.Stat(o.what); err == nil || o.what == stdinName {
		return false
	}
	return len(tracker.ProcessesOf(o.what)) > 0
}

// completeServed completes a process, or a profile.
func completeServed(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if all, directive := completeProcesses(c, args, begun); begun != "" && len(all) > 0 {
		return all, directive
	}
	return completeProfiles(1)(c, args, begun)
}

// serveProcess records a process and serves what that tells, and in the end what it has come to, until somebody ends it.
func (o *serveOptions) serveProcess(ctx context.Context) error {
	a := &o.attach
	asked, err := a.asked()
	if err != nil {
		return usageError("serve", err)
	}
	if a.pid, a.name, err = findProcess(o.what); err != nil {
		return failure(err)
	}
	asked.PID, a.run.args, a.run.named = a.pid, []string{a.name}, a.run.output != ""
	if a.run.named {
		if err := checkOutput(&a.run); err != nil {
			return failure(err)
		}
	}
	if err := o.push.ask(o.streams, o.page.rules, &asked.Live); err != nil {
		return usageError("serve", err)
	}
	at, err := o.address.bind(o.streams)
	if err != nil {
		return failure(err)
	}
	defer at.listener.Close()
	// The recording ends by the same signals, by itself.
	ignoreSuspend()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	p := &processServer{o: o, at: at, source: &liveSource{pid: a.pid}}
	addLive(&asked.Live, func(live *tracker.Live) {
		defer context.AfterFunc(ctx, live.Stop)()
		p.begin(live)
	})
	result, err := a.record(asked)
	if p.server != nil {
		defer p.server.close()
	}
	if err != nil {
		return failure(err)
	}
	return p.end(ctx, result)
}

// processServer serves a process while it is recorded, and afterwards.
type processServer struct {
	o      *serveOptions
	at     *bound
	source *liveSource
	server *served
	cannot error // the address could not be printed
}

// begin serves a recording, and returns when that has ended.
func (p *processServer) begin(live *tracker.Live) {
	p.source.live = live
	p.serve()
	<-live.Ended()
}

func (p *processServer) serve() {
	o := p.o
	forms := &serveForms{streams: o.streams, page: o.page, sites: o.sites, from: p.source}
	forms.name = func(q *profile.Profile) string {
		name := o.attach.run.output
		if name == "" {
			name = defaultOutput
		}
		return expandName(name, o.attach.run.naming(o.attach.run.programOf(tracker.Image{Profile: q, PID: int(q.PID)}), int(q.PID)))
	}
	p.server = p.at.serve(forms.options(p.source))
	p.at.warn(o.streams)
	p.cannot = o.streams.line(p.at.url)
}

// end says what the recording has come to, writes it where that is wanted, and serves it on.
func (p *processServer) end(ctx context.Context, result *tracker.Result) error {
	o, s := p.o, p.o.streams
	state := serve.Detached
	if a := result.Profile.Recording.Attached; a != nil && (a.End == profile.AttachExited || a.End == profile.AttachExec) {
		state = serve.Ended
	}
	result.Profile.FindLost()
	p.source.end(result.Profile, state)
	s.say("%s", detachedWords(result.Profile))
	if pauses := pausesWords(result.Profile); pauses != "" {
		s.say("%s", pauses)
	}
	if !result.Stays.IsZero() {
		s.complain(errStays(o.attach.pid, result.Stays))
	}
	var lost error
	if r := &o.attach.run; r.named {
		saved, err := r.save(r.mainPlace(r.programOf(result.Image), result.Image, nil), result.Profile)
		switch {
		case err != nil:
			s.complain(errSaved(err, saved))
			if saved == "" {
				lost = &exitError{Status: exitFailure}
			}
		default:
			s.say("the profile is %s; to look at it: heapprof report %s", saved, shellQuote(saved))
		}
	}
	o.push.end(result.Profile, false)
	switch {
	case lost != nil:
		return lost
	case p.cannot != nil:
		return failure(p.cannot)
	case ctx.Err() != nil:
		return nil
	case p.server == nil: // it had ended before anybody could look
		p.serve()
		defer p.server.close()
	}
	s.say("what it came to is served until Ctrl-C: %s", names.Printable(filepath.Base(o.attach.name)))
	return p.server.wait(ctx)
}
