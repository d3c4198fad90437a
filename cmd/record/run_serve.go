package record

import (
	"github.com/spf13/cobra"

	"heapprof/cmd/opening"
	"heapprof/cmd/underway"
	"heapprof/cmd/web"
	"heapprof/internal/profile"
	"heapprof/internal/tracker"
)

// servedRun is how a recording is served while it is under way.
type servedRun struct {
	address web.ServeAddress // its listen is "" where it is not served
	at      *web.Bound
}

func (r *servedRun) addTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&r.address.Listen, "serve", "", "serve what lives while PROG runs on `HOST:PORT` ("+web.DefaultListen+" if none is named), as heapprof serve does")
	flags.Lookup("serve").NoOptDefVal = web.DefaultListen
	flags.StringVar(&r.address.TokenFile, "token-file", "", "with --serve, take the token from `FILE`, instead of a new one each time")
}

// ask adds to how a program is recorded that it is served meanwhile. The address is listened on before it starts.
func (r *servedRun) ask(o *RunOptions, a *tracker.Options) error {
	if r.address.Listen == "" {
		return nil
	}
	err := r.address.Check("serve")
	if err == nil {
		o.rules, err = opening.ReadRules(nil, nil)
	}
	if err == nil {
		r.at, err = r.address.Bind(o.Streams)
	}
	if err != nil {
		return err
	}
	underway.AddLive(&a.Live, func(live *tracker.Live) { r.serve(o, live) })
	return nil
}

// serve serves a recording until that has ended.
func (r *servedRun) serve(o *RunOptions, live *tracker.Live) {
	source := &web.LiveSource{Live: live}
	first, err := source.Look()
	if err != nil {
		r.at.Listener.Close()
		return // it has ended already
	}
	source.PID = int(first.PID)
	forms := &web.ServeForms{Streams: o.Streams, Page: web.HTMLOptions{Streams: o.Streams, Rules: o.rules}, Sites: defaultSites, From: source}
	forms.Name = func(p *profile.Profile) string {
		return ExpandName(o.Output, o.Naming(o.ProgramOf(tracker.Image{Profile: p, PID: int(p.PID)}), int(p.PID)))
	}
	server := r.at.Serve(forms.Options(source))
	defer server.Close()
	o.Streams.Say("what lives is served at %s", r.at.URL)
	r.at.Warn(o.Streams)
	select {
	case <-live.Ended():
	case err := <-server.Failed:
		o.Streams.Complain(err)
	}
}

// end lets go of an address on which nobody was answered.
func (r *servedRun) end() {
	if r.at != nil {
		r.at.Listener.Close()
	}
}
